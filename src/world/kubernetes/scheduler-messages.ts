import type { Rejection } from "./node-classes.ts";

/** The scheduler's sentence. Source: framework.FitError.Error and preemption's Evaluator. */
export function explainRejections(looked: readonly Rejection[], passedOver: number): string {
  const others = Array.from({ length: passedOver }, () => [
    "node(s) didn't satisfy plugin(s) [NodeAffinity]",
  ]);
  const rejections = [...looked, ...others];
  if (rejections.length === 0) return "no nodes available to schedule pods";
  return `0/${rejections.length} nodes are available: ${histogram(rejections.flat())}.`;
}

/** The sentence where the pod itself rules out all nodes. Source: framework.FitError.Error, PreFilterMsg. */
export function explainBarrier(barrier: string, nodes: number): string {
  return nodes === 0 ? "no nodes available to schedule pods" : `0/${nodes} nodes are available: ${barrier}.`;
}

/** What was made of the nodes by preemption: helpless ones, and those with nobody to push away. */
export function explainPreemption(helpless: number, chances: number): string {
  const reasons = [
    ...(helpless > 0 ? [`${helpless} Preemption is not helpful for scheduling`] : []),
    ...(chances > 0 ? [`${chances} No preemption victims found for incoming pod`] : []),
  ];
  return `0/${helpless + chances} nodes are available: ${reasons.sort().join(", ")}.`;
}

function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(", ");
}
