import { describe, expect, it } from "vitest";
import { aDeployment, DRAIN_ONLY, isReady, isResult, once, Stage, specOf, waitsOf } from "./stage.ts";

const drain = (stage: Stage, rest = ""): string =>
  specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`, DRAIN_ONLY + rest);

/** One pod of web on the first node was never Ready; the others are. */
async function withSickPod(policy: string | null) {
  const budget = { minAvailable: 2, ...(policy === null ? {} : { unhealthyPodEvictionPolicy: policy }) };
  const stage = new Stage({ workloads: [aDeployment("web", 3, { budgets: [budget] })] });
  return stage.run(async () => {
    const [node = "", ...others] = stage.workers;
    for (const other of others) stage.actors.cordon(other);
    stage.world.afflict("neverReady", (pod) => pod.spec.nodeName === node);
    for (const pod of stage.podsOn(node)) stage.actors.forceDeletePod("default", pod.metadata.name);
    await stage.wait(5);
    for (const other of others) stage.actors.uncordon(other);
    const plan = await stage.plan(drain(stage, "  timeouts: {eviction: 1m}\n"));
    return { stage, plan, ...(await stage.apply(plan)) };
  });
}

describe("a pod that is not Ready under a budget", () => {
  it("goes where the budget is healthy without it, and its replacement is still awaited", async () => {
    for (const policy of [null, "IfHealthyBudget", "AlwaysAllow"]) {
      const { stage, end } = await withSickPod(policy);
      expect({ policy, exit: end.exit, message: end.message }).toMatchObject({ policy, exit: 0 });
      expect(stage.evicted).toHaveLength(1);
      expect(stage.podsOf("web").filter(isReady).length).toBeGreaterThanOrEqual(2);
      expect(stage.log.violations).toEqual([]);
    }
  });
});

describe("a replacement that falls sick again", () => {
  it("does not count before it has been Ready for long enough without a break", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage, "  pods: {stableFor: 20s}\n"));
      let evictedAt = 0;
      let settledAt = 0;
      const { end, process } = await stage.apply(plan, {
        onEvent: (event, { client }) => {
          const now = client.clock.now();
          if (isResult(event, "evict")) {
            evictedAt = now;
            // Ready after 1.3 s; its node fails at 10 s for 5 s.
            stage.in(10, () => {
              const fresh = stage
                .podsOf("web")
                .reduce((one, other) =>
                  one.metadata.creationTimestamp > other.metadata.creationTimestamp ? one : other,
                );
              const node = fresh.spec.nodeName ?? "";
              stage.actors.failNode(node);
              stage.in(5, () => stage.actors.recoverNode(node));
            });
          }
          if (isResult(event, "await")) settledAt = now;
        },
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(settledAt - evictedAt).toBeGreaterThan(34_000);
      expect(
        waitsOf(process)
          .map((reason) => reason.message)
          .join("\n"),
      ).toMatch(/is Ready, not yet for long enough/);
    });
  });

  it("is awaited anew where somebody deletes it", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3, { ready: "10s" })] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const before = new Set(stage.podsOf("web").map((pod) => pod.metadata.uid));
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "evict"),
          () =>
            stage.in(5, () => {
              for (const pod of stage.podsOf("web"))
                if (!before.has(pod.metadata.uid)) stage.actors.forceDeletePod("default", pod.metadata.name);
            }),
        ),
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.podsOf("web").filter(isReady)).toHaveLength(3);
      expect(stage.evicted).toHaveLength(1);
    });
  });
});
