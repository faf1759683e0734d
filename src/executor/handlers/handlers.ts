import type { Step, StepKind, StepOfKind } from "#model/plan.ts";
import type { Handler, HandlerEnd, StepContext } from "../step-context.ts";
import { awaitNewNode } from "./await-new-node.ts";
import { awaitNodeEmpty } from "./await-node-empty.ts";
import { awaitNodeGone } from "./await-node-gone.ts";
import { awaitReplacement } from "./await-replacement.ts";
import { cordonNode } from "./cordon-node.ts";
import { evictPod } from "./evict-pod.ts";
import { resolvePods } from "./resolve-pods.ts";
import { terminateInstance } from "./terminate-instance.ts";

/** One handler a kind: a missing one does not compile. */
const HANDLERS: { readonly [K in StepKind]: Handler<StepOfKind<K>> } = {
  CordonNode: cordonNode,
  ResolvePods: resolvePods,
  EvictPod: evictPod,
  AwaitReplacement: awaitReplacement,
  AwaitNodeEmpty: awaitNodeEmpty,
  TerminateInstance: terminateInstance,
  AwaitNodeGone: awaitNodeGone,
  AwaitNewNode: awaitNewNode,
};

export function handle(step: Step, context: StepContext): Promise<HandlerEnd> {
  const handler = HANDLERS[step.kind] as Handler<Step>;
  return handler(step, context);
}
