import { describe, expect, it } from "vitest";
import type { Scenario } from "#world/scenario.ts";
import type { WorldRequest } from "#world/world.ts";
import { aDeployment, DRAIN_ONLY, isResult, once, Stage, specOf, waitsOf } from "./stage.ts";

const web: Partial<Scenario> = {
  workloads: [aDeployment("web", 6, { budgets: [{ maxUnavailable: 1 }], ready: "5s" })],
};
const all = specOf("{kind: Nodes, role: node}");

/** From now on the API server is away for that program, for so long. */
function cutOff(
  stage: Stage,
  client: { readonly name: string; breakWatches(): void },
  seconds: number,
): void {
  const end = stage.universe.driver.now() + seconds * 1000;
  client.breakWatches();
  stage.fault = (request, name, time) =>
    request.kind === "kubernetes" && name === client.name && time < end
      ? { kind: "lostRequest", failure: "unreachable" }
      : undefined;
}

const isLeaseWrite = (request: WorldRequest): boolean =>
  request.kind === "kubernetes" &&
  request.request.method === "PUT" &&
  request.request.path.includes("/leases/");

describe("an API server that is away for two minutes", () => {
  for (const verb of ["cordon", "resolve", "evict", "await", "empty", "terminate", "gone"]) {
    it(`behind the ${verb} step: the run goes on by itself, and writes nothing before the lock is renewed`, async () => {
      const stage = new Stage(web);
      await stage.run(async () => {
        const plan = await stage.plan(specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`));
        let until = 0;
        const { end, process } = await stage.apply(plan, {
          onEvent: once(
            (event) => isResult(event, verb),
            (_, { client }) => {
              until = client.clock.now() + 120_000;
              cutOff(stage, client, 120);
            },
          ),
        });
        expect(end).toMatchObject({ exit: 0 });
        expect(stage.log.violations).toEqual([]);
        const after = stage.sent.filter(({ time }) => time >= until);
        const firstWrite = after.find(
          ({ request }) => request.kind === "kubernetes" && !["GET"].includes(request.request.method),
        );
        expect(firstWrite && isLeaseWrite(firstWrite.request)).toBe(true);
        expect(waitsOf(process).map((reason) => reason.code)).toContain("N-UNREACHABLE");
        expect(await stage.lease()).toEqual({ holder: "", runs: "[]" });
      });
    });
  }

  it("and that takes connections and breaks none of the quiet watches: the wait says so, and what was last seen", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3, { ready: "100s" })] });
    await stage.run(async () => {
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`, DRAIN_ONLY));
      const { end, process } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "evict"),
          (_, { client }) => {
            const over = client.clock.now() + 60_000;
            stage.fault = (request, name, time) =>
              request.kind === "kubernetes" && name === client.name && time < over
                ? { kind: "lostRequest", failure: "reset" }
                : undefined;
          },
        ),
      });
      expect(end).toMatchObject({ exit: 0 });
      const silent = waitsOf(process).filter(({ code }) => code === "N-UNREACHABLE");
      expect(silent.map(({ message }) => message).join("\n")).toMatch(
        /^the API server does not answer; last seen: replacement web-\S+ is Running, not Ready/m,
      );
    });
  });

  it("just when a node stops: its cordon is taken back afterwards", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`, DRAIN_ONLY));
      const { end } = await stage.apply(plan, {
        onEvent: (event, { client }) => {
          if (isResult(event, "cordon")) stage.bind(node, "late");
          if (event.kind === "Recorded" && event.entry.record.kind === "LaneStopped")
            cutOff(stage, client, 120);
        },
      });
      expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED", cordoned: [] });
      expect(stage.isCordoned(node)).toBe(false);
      expect(stage.marks(node)).toEqual([]);
    });
  });

  it("for longer than a step may take: exit 5, resumable", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(
        specOf("{kind: Nodes, role: node}", "  timeouts: {eviction: 1m, replacement: 1m, node: 1m}\n"),
      );
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "await"),
          (_, { client }) => cutOff(stage, client, 1_000),
        ),
      });
      expect(end.exit).toBe(5);
      expect(end.message).not.toBe("");
      await stage.wait(1_000);
      expect((await stage.apply(plan)).end).toMatchObject({ exit: 0 });
      expect(stage.log.violations).toEqual([]);
    });
  });
});

describe("a dextre that is cut off while another one takes the lock", () => {
  it("ends without a further write: exit 5, and the other one's work is done", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [first = "", second = ""] = stage.workers;
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${first}]}`, DRAIN_ONLY));
      const other = await stage.plan(
        specOf(`{kind: Nodes, names: [${second}]}`, DRAIN_ONLY).replace("staged", "other"),
      );
      let cutAt = 0;
      let name = "";
      const running = stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "evict"),
          (_, { client }) => {
            cutAt = client.clock.now();
            name = client.name;
            cutOff(stage, client, 180);
          },
        ),
      });
      await stage.wait(30);
      const { end: done } = await stage.apply(other, { host: "host-b" });
      expect(done).toMatchObject({ exit: 0 });
      const { end } = await running;
      const writes = stage.sent.filter(
        ({ client, time, request }) =>
          client === name &&
          time > cutAt &&
          request.kind === "kubernetes" &&
          /PATCH|POST/.test(request.request.method),
      );
      // Where the other has already gone, the lease is free and may be taken back; else it is lost.
      if (end.exit === 5) {
        expect(end.code).toBe("E-LOCK-LOST");
        expect(writes).toEqual([]);
      }
      expect(end.exit).toBe(5);
      expect((await stage.apply(plan)).end).toMatchObject({ exit: 0 });
      expect(stage.log.violations).toEqual([]);
    });
  });
});

describe("an AWS that is away for a minute", () => {
  it("is waited for", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(all);
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "empty"),
          () => {
            const until = stage.universe.driver.now() + 60_000;
            stage.fault = (request, _, time) =>
              request.kind === "aws" && time < until
                ? { kind: "lostRequest", failure: "unreachable" }
                : undefined;
          },
        ),
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.terminated).toHaveLength(3);
      expect(stage.log.violations).toEqual([]);
    });
  });
});

describe("a watch that is broken and cannot be opened again", () => {
  it("holds evictions back: what it would have told may forbid them", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 6, { ready: "45s" })] });
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`, DRAIN_ONLY));
      const { end, process } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "evict"),
          () => {
            const over = stage.universe.driver.now() + 200_000;
            stage.fault = (sent, _, time) =>
              sent.kind === "kubernetes" && sent.request.path === "/api/v1/nodes" && time < over
                ? { kind: "lostRequest", failure: "unreachable" }
                : undefined;
            stage.breakWatches();
            stage.in(1, () => stage.actors.uncordon(node));
          },
        ),
      });
      expect(end).toMatchObject({ exit: 5 });
      expect(end.message).toContain("uncordoned");
      expect(stage.evicted).toHaveLength(1);
      expect(
        waitsOf(process).some(({ code, message }) => code === "N-UNREACHABLE" && /nodes/.test(message)),
      ).toBe(true);
    });
  });
});

describe("a lock that cannot be renewed for a while", () => {
  /** From the cordon on nobody can write the lease; that long waits of pods begin after it. */
  async function applyWhileLocked(stage: Stage, verb: string, meanwhile: () => void) {
    const plan = await stage.plan(specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`));
    return stage.apply(plan, {
      onEvent: (event) => {
        if (isResult(event, "cordon"))
          stage.fault = (request) =>
            isLeaseWrite(request) ? { kind: "lostRequest", failure: "unreachable" } : undefined;
        if (event.kind !== "StepWaiting" || !event.step.includes(`/${verb}`)) return;
        if (!/nothing is sent until it is/.test(event.reason.message)) return;
        meanwhile();
        stage.fault = () => undefined;
      },
    });
  }

  for (const verb of ["evict", "terminate"]) {
    it(`just before the ${verb} request: what was looked at before is looked at again`, async () => {
      const replicas = verb === "evict" ? 6 : 2;
      const stage = new Stage({ workloads: [aDeployment("web", replicas, { ready: "50s" })] });
      await stage.run(async () => {
        const [node = ""] = stage.workers;
        let evictedBefore = -1;
        const { end } = await applyWhileLocked(stage, verb, () => {
          evictedBefore = stage.evicted.length;
          stage.actors.uncordon(node);
        });
        expect(evictedBefore).toBeGreaterThan(0);
        expect(end).toMatchObject({ exit: 5 });
        expect(end.message).toContain("uncordoned");
        expect(stage.evicted).toHaveLength(evictedBefore);
        expect(stage.terminated).toEqual([]);
      });
    });
  }
});
