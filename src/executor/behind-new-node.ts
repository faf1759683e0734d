import type { AwaitReplacementStep, Step } from "#model/plan.ts";
import { isUnplaceable } from "#rules/placement.ts";
import { podsOfRoot } from "#rules/root-owner.ts";
import { plannedStepsOfLane, type RunState, stepsOfLane } from "./run-state.ts";
import type { StepContext } from "./step-context.ts";

/** Waits that ended unfulfilled, because only the new node can fulfil them: AwaitNewNode takes them over. */
const HANDED_OVER: ReadonlySet<string> = new Set(["R-STUCK-POD", "R-AWAITS-NODE"]);

/** Replacements that a lane's AwaitNewNode step has to wait for, too. */
export function handedOver(lane: string, context: StepContext): readonly AwaitReplacementStep[] {
  return awaitsOf(lane, context).filter((step) => isHandedOver(step, context.state()));
}

/**
 * Does the workload wait in this lane for the new node? Then its other pods there must not be held
 * back for its sake: the new node comes only once they are gone.
 */
export function isOwnerBehindNewNode(
  step: Step & { readonly owner: AwaitReplacementStep["owner"] },
  context: StepContext,
): boolean {
  const { owner } = step;
  return (
    owner !== null &&
    awaitsOf(step.lane, context).some(
      (other) => other.owner?.uid === owner.uid && (other.tier === 3 || isHandedOver(other, context.state())),
    )
  );
}

/**
 * The pod became one without a place after the plan was made, and the plan accepts that
 * (pods.unplaceable): its replacement is Pending, and no node but the successor will take it.
 */
export function isLeftToNewNode(step: AwaitReplacementStep, context: StepContext): boolean {
  const { content, live } = context;
  const { owner } = step;
  if (owner === null || step.tier === 3 || content.spec.pods.unplaceable !== "awaitNode") return false;
  if (!plannedStepsOfLane(content, step.lane).some(({ kind }) => kind === "AwaitNewNode")) return false;
  const node = live.snapshot.node(step.target.node) ?? null;
  return podsOfRoot(owner.uid, live.snapshot).some(
    (pod) =>
      pod.deletionAt === null &&
      pod.nodeName === "" &&
      pod.trouble?.reason === "Unschedulable" &&
      isUnplaceable(pod, node, live.snapshot),
  );
}

const isHandedOver = (step: Step, { results }: RunState): boolean =>
  HANDED_OVER.has(results.get(step.id)?.code ?? "");

function awaitsOf(lane: string, context: StepContext): readonly AwaitReplacementStep[] {
  return stepsOfLane(context.content, context.state(), lane).filter(
    (step) => step.kind === "AwaitReplacement",
  );
}
