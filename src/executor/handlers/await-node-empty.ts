import type { AwaitNodeEmptyStep } from "#model/plan.ts";
import { judgeEmptiness } from "../node-emptiness.ts";
import {
  failed,
  type HandlerEnd,
  invariant,
  nodeLaneOf,
  type StepContext,
  settled,
} from "../step-context.ts";
import { changeOrTime, remaining } from "../wait.ts";

const RECHECK_MILLISECONDS = 5_000;

/** Waits until every pod that could move is off the node. */
export async function awaitNodeEmpty(step: AwaitNodeEmptyStep, context: StepContext): Promise<HandlerEnd> {
  const lane = nodeLaneOf(context.content, step);
  invariant(lane !== null, "an AwaitNodeEmpty step stands in a node lane");
  let last = "";
  for (;;) {
    const node = context.live.snapshot.node(lane.node);
    if (!node || node.uid !== lane.nodeUid)
      return settled("satisfied", "R-NODE-GONE", `node ${lane.node} is gone`);
    const version = context.live.version;
    const found = await judgeEmptiness(lane, context);
    switch (found.kind) {
      case "empty":
        return settled("done", "R-DONE", `${lane.node} is empty`);
      case "ended":
        return found.end;
      case "stuck":
        return stuck(found.message, lane.node, context);
      case "waiting":
        last = found.reason.message;
        context.wait(found.reason);
    }
    if (remaining(context) <= 0) return podStuck(last, step.timeoutSeconds);
    await changeOrTime(context, version, Math.min(remaining(context), RECHECK_MILLISECONDS));
  }
}

function stuck(message: string, node: string, context: StepContext): HandlerEnd {
  if (context.content.spec.nodes.unreachable === "terminate") {
    return settled(
      "satisfied",
      "R-ALREADY-SO",
      `${message}; ${node} goes with them (nodes.unreachable: terminate)`,
    );
  }
  return failed("E-POD-STUCK", `${message}; the spec decides with nodes.unreachable: stop | terminate`);
}

const podStuck = (last: string, seconds: number): HandlerEnd =>
  failed("E-POD-STUCK", `${last}, for more than ${seconds} s; see: kubectl describe pod`);
