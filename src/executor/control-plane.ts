import type { NodeLane } from "#model/plan.ts";
import { isControlPlane } from "#rules/roles.ts";
import type { StepContext } from "./step-context.ts";
import type { Look } from "./wait.ts";

/**
 * May this control-plane node be touched? Only while all of them are Ready; of the node itself that is
 * asked only before its cordon. An accepted outage lifts that only where no other one is Ready:
 * where there are others that serve, it is them that must not be lost.
 */
export function lookAtControlPlane(lane: NodeLane, self: "too" | "not", context: StepContext): Look<true> {
  const down: string[] = [];
  let othersReady = 0;
  for (const node of context.live.snapshot.nodes()) {
    if (!isControlPlane(node)) continue;
    const isOther = node.uid !== lane.nodeUid;
    if (node.ready === "True") othersReady += isOther ? 1 : 0;
    else if (isOther || self === "too") down.push(node.name);
  }
  const isAccepted = context.content.spec.controlPlane.allowOutage && othersReady === 0;
  if (down.length === 0 || isAccepted) return { kind: "settled", value: true };
  return {
    kind: "waiting",
    reason: { code: "N-CONTROL-PLANE", message: `not Ready: ${down.sort().join(", ")}` },
  };
}
