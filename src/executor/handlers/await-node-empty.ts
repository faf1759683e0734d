import type { AwaitNodeEmptyStep } from "#model/plan.ts";
import { goesWithItsPods, judgeEmptiness, judgeOrphans, podsStuck } from "../node-emptiness.ts";
import {
  failed,
  type HandlerEnd,
  invariant,
  nodeLaneOf,
  renewed,
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
    if (node && node.uid !== lane.nodeUid) {
      const { code, message } = renewed(lane, node);
      return settled("satisfied", code, message);
    }
    const version = context.live.version;
    const found = node ? await judgeEmptiness(lane, context) : await judgeOrphans(lane, context);
    if (!found) return settled("satisfied", "R-NODE-GONE", `node ${lane.node} is gone`);
    switch (found.kind) {
      case "empty":
        return settled("done", "R-DONE", `${lane.node} is empty`);
      case "ended":
        return found.end;
      case "stuck":
        return stuck(found.message, lane.node, context);
      case "waiting":
        last = `${found.reason.message}, for more than ${step.timeoutSeconds} s; see: ${found.command}`;
        context.wait(found.reason);
    }
    if (remaining(context) <= 0) return failed("E-POD-STUCK", last);
    await changeOrTime(context, version, Math.min(remaining(context), RECHECK_MILLISECONDS));
  }
}

function stuck(message: string, node: string, context: StepContext): HandlerEnd {
  if (!goesWithItsPods(context.content)) return podsStuck(message);
  const text = `${message}; ${node} goes with them (nodes.unreachable: terminate)`;
  return settled("satisfied", "R-STUCK-POD", text);
}
