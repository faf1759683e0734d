import { describe, expect, it } from "vitest";
import type { SnapshotLists } from "#model/snapshot-store.ts";
import type { Spec } from "#model/spec.ts";
import { makePlan } from "#planner/make-plan.ts";
import { decodePlan } from "#schema/plan-file.ts";
import { encodePlan } from "#schema/seal-plan.ts";
import { aBudget } from "#test/builders/a-budget.ts";
import { aCluster } from "#test/builders/a-group.ts";
import { aPod } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";
import { aNodesTarget, aPodsTarget, aSpec } from "#test/builders/a-spec.ts";
import { aSmallWorld } from "#test/builders/a-world.ts";
import { FIXED_TIME, timeAfter } from "#test/builders/fixed.ts";

const META = { createdAt: FIXED_TIME, expiresAt: timeAfter(3600), dextreVersion: "0.1.0", context: "test" };
const world = aSmallWorld();

describe("a plan as the planner makes it", () => {
  it.each([
    ["that rolls nodes", aSpec(), world],
    [
      "that drains a node",
      aSpec({ targets: [aNodesTarget({ names: ["node-1"] })], replace: { mode: "none" } }),
      world,
    ],
    ["that restarts pods", aSpec({ targets: [aPodsTarget()], pods: { gracePeriodSeconds: 3 } }), world],
    ["with blockers of every shape", aSpec(), { ...world, pods: [...world.pods, aPod()], groups: [] }],
    ["with warnings", aSpec(), { ...world, budgets: [aBudget({ generation: 2 })] }],
  ] satisfies [string, Spec, SnapshotLists][])(
    "%s reads back from its file as it was written",
    (_what, spec, lists) => {
      const missingPermissions =
        lists.groups.length === 0 ? [{ verb: "patch", group: "", resource: "nodes" }] : [];
      const answer = makePlan({ spec, snapshot: aSnapshot(lists), cluster: aCluster(), missingPermissions });
      if (answer.kind === "refused") throw new Error("refused");
      const decoded = decodePlan(encodePlan(answer.content, META), "plan.json");
      expect(decoded).toMatchObject({ kind: "ok" });
      expect(decoded.kind === "ok" && decoded.plan.content).toEqual(answer.content);
    },
  );
});
