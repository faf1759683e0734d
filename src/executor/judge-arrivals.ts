import type { Code } from "#model/codes.ts";
import type { Pod } from "#model/objects.ts";
import type { AwaitReplacementStep, EvictPodStep, NodeLane, Step } from "#model/plan.ts";
import type { RunRecord } from "#model/run.ts";
import { judgePod } from "#rules/judge-pod.ts";
import { comparePods } from "#rules/order-pods.ts";
import { podSteps } from "#rules/pod-steps.ts";
import { rootOwner } from "#rules/root-owner.ts";
import { stepsOfLane } from "./run-state.ts";
import { invariant, type StepContext } from "./step-context.ts";

export type ArrivalsAnswer =
  | { readonly kind: "go"; readonly records: readonly RunRecord[] }
  | { readonly kind: "stop"; readonly code: Code; readonly message: string };

interface Arrival {
  readonly pod: Pod;
  readonly tier: 1 | 2;
  readonly awaitsNode: boolean;
}

/**
 * Pods on a planned node that the plan does not name: judged by the plan's own rules, put into its
 * order, within its bound. One that must not be evicted, or one too many, stops the node.
 */
export function judgeArrivals(lane: NodeLane, onNode: readonly Pod[], context: StepContext): ArrivalsAnswer {
  const { content } = context;
  const state = context.state();
  const known = evictSteps(stepsOfLane(content, state, lane.id));
  const uids = new Set(known.map((step) => step.target.uid));
  const moving: Arrival[] = [];
  for (const pod of onNode) {
    const verdict = judgePod(pod, { snapshot: context.live.snapshot, spec: content.spec, scope: "node" });
    // A planned pod without a place just now is held back by its own step.
    if (verdict.kind === "block" && uids.has(pod.uid) && verdict.finding.code === "B-UNPLACEABLE") continue;
    if (verdict.kind === "block") {
      const by = verdict.finding.acceptedBy;
      const accepts = by?.flag === undefined ? by?.field : `${by.field} (${by.flag})`;
      const help = accepts ? `; resume once it is gone, or make a new plan with ${accepts}` : "";
      const text = `${pod.namespace}/${pod.name} on ${lane.node}: ${verdict.finding.message}${help}`;
      return {
        kind: "stop",
        code: uids.has(pod.uid) ? verdict.finding.code : "E-DISCOVERED-BLOCKED",
        message: text,
      };
    }
    if (verdict.kind === "move" && !uids.has(pod.uid))
      moving.push({ pod, tier: verdict.tier, awaitsNode: verdict.awaitsNode });
  }
  const discovered = (state.discovered.get(lane.id)?.length ?? 0) + moving.length;
  if (discovered > lane.maxDiscovered) {
    const names = moving.map(({ pod }) => `${pod.namespace}/${pod.name}`).sort();
    return {
      kind: "stop",
      code: "E-TOO-MANY-DISCOVERED",
      message: `${discovered} pods came to ${lane.node} after the plan, the plan allows ${lane.maxDiscovered}: ${names.slice(0, 5).join(", ")}; limits.maxDiscovered of a new plan allows more`,
    };
  }
  return { kind: "go", records: discoveries(lane, moving, known, onNode, context) };
}

export const evictSteps = (steps: readonly Step[]): readonly EvictPodStep[] =>
  steps.filter((step) => step.kind === "EvictPod");

function discoveries(
  lane: NodeLane,
  moving: readonly Arrival[],
  known: readonly EvictPodStep[],
  onNode: readonly Pod[],
  context: StepContext,
): readonly RunRecord[] {
  const { spec } = context.content;
  const compare = comparePods(spec.order.pods);
  const byUid = new Map(onNode.map((pod) => [pod.uid, pod]));
  const sorted = [...moving].sort((one, other) => compare(one.pod, other.pod));
  return sorted.map((arrival) => {
    const { pod, tier } = arrival;
    const before = known.find((step) => {
      const planned = byUid.get(step.target.uid);
      return step.tier === tier && planned !== undefined && compare(pod, planned) < 0;
    });
    const steps = stepsOf(lane, arrival, context);
    return { kind: "PodDiscovered", lane: lane.id, before: before?.id ?? null, steps };
  });
}

function stepsOf(
  lane: NodeLane,
  { pod, tier, awaitsNode }: Arrival,
  context: StepContext,
): readonly [EvictPodStep, AwaitReplacementStep] {
  const steps = podSteps({
    lane: lane.id,
    pod,
    owner: rootOwner(pod, context.live.snapshot),
    tier,
    spec: context.content.spec,
    needs: [`${lane.id}/cordon`],
    awaitsNode,
    reason: "R-DISCOVERED-POD",
    idSuffix: `@${pod.uid.slice(0, 8)}`,
  });
  invariant(steps[0].target.uid === pod.uid, "a discovered pod's steps name its own UID");
  return steps;
}
