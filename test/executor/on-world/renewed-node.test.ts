import { describe, expect, it } from "vitest";
import { aDeployment, isResult, once, Stage, specOf } from "./stage.ts";

/** kubectl delete node, and the kubelet of the same instance registers it anew: another UID, no cordon. */
function registerAnew(stage: Stage, node: string): void {
  stage.actors.delete("nodes", undefined, node);
  const instance = stage.world.fleet.membersOf("nodes-a").find((one) => one.dnsName === node);
  if (instance) stage.world.cloudNodes.joined(instance, stage.actors.group("nodes-a"));
}

describe("a node that is deleted and registers anew during its drain", () => {
  for (const verb of ["cordon", "evict", "await", "empty"]) {
    it(`behind the ${verb} step is another node: it is left alone, its pods and its instance too`, async () => {
      const stage = new Stage({ workloads: [aDeployment("web", 6)] });
      await stage.run(async () => {
        const [node = ""] = stage.workers;
        const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`));
        let evictedBefore = 0;
        const { end } = await stage.apply(plan, {
          onEvent: once(
            (event) => isResult(event, verb),
            () => {
              evictedBefore = stage.evicted.length;
              registerAnew(stage, node);
            },
          ),
        });
        expect(end).toMatchObject({ exit: 0, cordoned: [] });
        expect(stage.terminated).toEqual([]);
        // One that was on its way already may still go.
        expect(stage.evicted.length - evictedBefore).toBeLessThanOrEqual(1);
        expect(stage.isCordoned(node)).toBe(false);
        expect((await stage.results()).get(`node/${node}/terminate`)).toMatchObject({
          outcome: "satisfied",
          code: "R-NODE-RENEWED",
        });
        expect(await stage.lease()).toEqual({ holder: "", runs: "[]" });
      });
    });
  }
});
