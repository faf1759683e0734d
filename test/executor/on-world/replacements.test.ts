import { describe, expect, it } from "vitest";
import type { Scenario } from "#world/scenario.ts";
import { aDeployment, DRAIN_ONLY, isReady, isResult, once, Stage, specOf, waitsOf } from "./stage.ts";

const drain = (stage: Stage, rest = ""): string =>
  specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`, DRAIN_ONLY + rest);

const restart = (app: string, namespace = "default", rest = ""): string =>
  specOf(`{kind: Pods, namespaces: [${namespace}], selector: "app=${app}"}`, rest);

const evicted = (event: Parameters<typeof isResult>[0]): boolean => isResult(event, "evict", "done");

async function awaits(stage: Stage): Promise<readonly string[]> {
  return [...(await stage.results()).values()]
    .filter((result) => result.step.includes("/await/"))
    .map(({ outcome, code }) => `${outcome} ${code}`);
}

describe("a replacement that does not come up", () => {
  it("is explained at once where it cannot be scheduled; the timeout names the command that helps: exit 5", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage, "  timeouts: {replacement: 3m}\n"));
      const [node = "", ...others] = stage.workers;
      let toldAfter = 0;
      let evictedAt = 0;
      const { end, process } = await stage.apply(plan, {
        onEvent: (event, { client }) => {
          if (evicted(event)) {
            evictedAt = client.clock.now();
            for (const other of others) stage.actors.cordon(other);
          }
          if (event.kind === "StepWaiting" && event.reason.code === "N-REPLACEMENT-PENDING")
            toldAfter ||= client.clock.now() - evictedAt;
        },
      });
      expect(waitsOf(process).find((reason) => reason.code === "N-REPLACEMENT-PENDING")?.message).toMatch(
        /replacement web-.* is Pending: 0\/4 nodes are available/,
      );
      expect(toldAfter).toBeGreaterThan(0);
      expect(toldAfter).toBeLessThan(2_000);
      expect(end).toMatchObject({ exit: 5, code: "E-REPLACEMENT-TIMEOUT", cordoned: [node] });
      expect(end.message).toContain("0/4 nodes are available");
      expect(end.message).toContain(`kubectl uncordon ${node}`);
    });
  });

  it("is explained at once where it crashes, and the run goes on once it is mended", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      stage.world.afflict("crashLoop", (pod) => pod.metadata.labels?.app === "web");
      stage.in(120, () => stage.actors.heal());
      const { end, process } = await stage.apply(plan);
      expect(waitsOf(process).find((reason) => reason.code === "N-REPLACEMENT-CRASHES")?.message).toMatch(
        /replacement web-.*: CrashLoopBackOff back-off 10s restarting failed container/,
      );
      expect(end).toMatchObject({ exit: 0 });
    });
  });

  it("is explained where it is never Ready; a resume after the timeout waits anew and evicts nothing twice", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage, "  timeouts: {replacement: 1m}\n"));
      stage.world.afflict("neverReady", (pod) => pod.metadata.labels?.app === "web");
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-REPLACEMENT-TIMEOUT" });
      expect(end.message).toMatch(
        /no replacement for default\/web-.* within 90 s: replacement web-.* is Running, not Ready/,
      );
      stage.actors.heal();
      const { end: again } = await stage.apply(plan);
      expect(again).toMatchObject({ exit: 0 });
      expect(stage.log.violations).toEqual([]);
      expect(stage.evicted).toHaveLength(1);
    });
  });

  it("counts only once it has been Ready for as long as the spec says", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage, "  pods: {stableFor: 30s}\n"));
      const { client } = stage.universe.start("watcher");
      const start = client.clock.now();
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(client.clock.now() - start).toBeGreaterThan(30_000);
      expect(client.clock.now() - start).toBeLessThan(40_000);
    });
  });
});

describe("a workload that changes while its replacement is awaited", () => {
  const slow = (): Stage => new Stage({ workloads: [aDeployment("web", 3, { ready: "20s" })] });

  it("settles where it is scaled down", async () => {
    const stage = slow();
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const { end } = await stage.apply(plan, {
        onEvent: once(evicted, () => stage.actors.scale("deployments", "default", "web", 2)),
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(await awaits(stage)).toEqual(["satisfied R-NOT-REPLACED"]);
    });
  });

  it("settles where it is scaled to 0, and where it is deleted", async () => {
    const ways = [
      (stage: Stage) => stage.actors.scale("deployments", "default", "web", 0),
      (stage: Stage) => stage.actors.delete("deployments", "default", "web"),
    ];
    for (const way of ways) {
      const stage = slow();
      await stage.run(async () => {
        const plan = await stage.plan(drain(stage));
        const { end } = await stage.apply(plan, { onEvent: once(evicted, () => way(stage)) });
        expect(end).toMatchObject({ exit: 0 });
        expect(await awaits(stage)).toEqual(["satisfied R-OWNER-GONE"]);
      });
    }
  });

  it("settles behind the new ReplicaSet where it is rolled out meanwhile", async () => {
    const stage = slow();
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const { end } = await stage.apply(plan, {
        onEvent: once(evicted, () => {
          stage.actors.request("PATCH", "/apis/apps/v1/namespaces/default/deployments/web", {
            spec: { template: { metadata: { annotations: { restarted: "now" } } } },
          });
        }),
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(await awaits(stage)).toEqual(["done R-REPLACED"]);
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("needs as many available pods as before where an autoscaler adds some", async () => {
    const stage = slow();
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      let ready = 0;
      const { end } = await stage.apply(plan, {
        onEvent: (event) => {
          if (evicted(event)) stage.actors.scale("deployments", "default", "web", 6);
          if (isResult(event, "await"))
            ready = stage
              .podsOf("web")
              .filter(isReady)
              .filter((pod) => pod.metadata.deletionTimestamp === undefined).length;
        },
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(ready).toBeGreaterThanOrEqual(3);
    });
  });
});

describe("kinds of workloads", () => {
  it("a Job's pod is evicted where the Job survives it, and its next pod is awaited", async () => {
    const stage = new Stage({
      workloads: [{ kind: "Job", name: "batch", replicas: 3, run: "1h", backoffLimit: 6 }],
    });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const [node = ""] = stage.workers;
      const here = stage.podsOn(node).filter((pod) => pod.metadata.labels?.app === "batch").length;
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.evicted).toHaveLength(here);
      expect(await awaits(stage)).toEqual(Array.from({ length: here }, () => "done R-REPLACED"));
    });
  });

  it("a Job that ends meanwhile settles the wait", async () => {
    const stage = new Stage({
      workloads: [{ kind: "Job", name: "batch", replicas: 3, run: "1h", backoffLimit: 6 }],
    });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const { end } = await stage.apply(plan, {
        onEvent: once(evicted, () => stage.actors.delete("jobs", "default", "batch")),
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(await awaits(stage)).toContain("satisfied R-OWNER-GONE");
    });
  });

  it("a StatefulSet's pods move one by one, each awaited under its own name", async () => {
    const stage = new Stage({
      workloads: [
        {
          kind: "StatefulSet",
          name: "db",
          replicas: 5,
          ready: "2s",
          stop: "3s",
          budgets: [{ maxUnavailable: 1 }],
        },
      ],
    });
    await stage.run(async () => {
      const plan = await stage.plan(specOf("{kind: Nodes, role: node}"));
      let fewest = 5;
      stage.world.onRequest(({ request }) => {
        if (request.kind !== "kubernetes" || !request.request.path.endsWith("/eviction")) return;
        fewest = Math.min(
          fewest,
          stage
            .podsOf("db")
            .filter((pod) => pod.metadata.deletionTimestamp === undefined)
            .filter(isReady).length,
        );
      });
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(fewest).toBe(4);
      expect(stage.log.violations).toEqual([]);
      expect(stage.podsOf("db").map((pod) => pod.metadata.name)).toEqual([
        "db-0",
        "db-1",
        "db-2",
        "db-3",
        "db-4",
      ]);
    });
  });

  it("a DaemonSet's pods in a Pods target come back each on its own node before the next goes", async () => {
    const agents: Partial<Scenario> = {
      workloads: [
        { kind: "DaemonSet", namespace: "kube-system", name: "agent", tolerateEverything: true, ready: "5s" },
      ],
    };
    const stage = new Stage(agents);
    await stage.run(async () => {
      const plan = await stage.plan(restart("agent", "kube-system"));
      const before = new Set(stage.podsOf("agent").map((pod) => pod.metadata.uid));
      let notReady = 0;
      stage.world.onRequest(({ request }) => {
        if (request.kind !== "kubernetes" || !request.request.path.endsWith("/eviction")) return;
        const ready = stage.podsOf("agent").filter(isReady);
        notReady = Math.max(notReady, before.size - ready.length);
      });
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.evicted).toHaveLength(before.size);
      expect(stage.podsOf("agent").some((pod) => before.has(pod.metadata.uid))).toBe(false);
      // The eviction being applied makes one pod terminating, which is still Ready for a moment.
      expect(notReady).toBeLessThanOrEqual(1);
      expect(await awaits(stage)).toEqual([...before].map(() => "done R-REPLACED"));
    });
  });

  it("a Pods target evicts exactly the planned pods, each once, and none of their replacements", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 4)] });
    await stage.run(async () => {
      const plan = await stage.plan(restart("web"));
      const before = stage.podsOf("web").map((pod) => `default/${pod.metadata.name}`);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect([...stage.evicted].sort()).toEqual(before);
      expect(stage.awsCalls).toBe(0);
    });
  });
});
