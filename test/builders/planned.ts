import type { PlanContent } from "#model/plan.ts";
import type { SnapshotLists } from "#model/snapshot-store.ts";
import type { Spec } from "#model/spec.ts";
import { makePlan } from "#planner/make-plan.ts";
import { aCluster } from "./a-group.ts";
import { aSnapshot } from "./a-snapshot.ts";
import { aSpec } from "./a-spec.ts";
import { aSmallWorld } from "./a-world.ts";

/** The plan that the planner makes of a spec over a world: by default all nodes of the small one. */
export function planned(spec: Spec = aSpec(), lists: SnapshotLists = aSmallWorld()): PlanContent {
  const answer = makePlan({ spec, snapshot: aSnapshot(lists), cluster: aCluster() });
  if (answer.kind === "refused") throw new Error(answer.diagnostics.map((each) => each.message).join("; "));
  return answer.content;
}
