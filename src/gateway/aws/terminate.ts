import type { TerminateAnswer } from "#gateway/ports.ts";
import { AwsError } from "#gateway/wire.ts";
import { withDeadline } from "../deadline.ts";
import type { Caller } from "./caller.ts";
import { isThrottling, kindOfError } from "./error-codes.ts";
import { describeError } from "./read.ts";

const WRITE_SECONDS = 30;

/** With or without the SDK's suffix. ResourceContention comes with HTTP 500. */
const BUSY = /^(ScalingActivityInProgress|ResourceContention)(Fault)?$/;
/** The one text that matters: AWS has no code of its own for an instance that no group manages. */
const NOT_MANAGED = /no managed instance found|instance id not found/i;

export function classifyTermination(error: AwsError): TerminateAnswer {
  const message = describeError(error);
  if (BUSY.test(error.code) || isThrottling(error)) return { kind: "busy", message };
  if (error.code === "ValidationError" && NOT_MANAGED.test(error.message)) return { kind: "not-found" };
  const kind = kindOfError(error);
  const isDecided = error.status >= 400 && error.status < 500;
  if (isDecided || kind === "aws-credentials" || kind === "aws-forbidden") {
    return { kind: "refused", code: error.code, message };
  }
  return { kind: "unknown", message };
}

/** Asks the group to end an instance and to launch another; sent exactly once. Never throws for an answer. */
export async function terminate(
  caller: Caller,
  instanceId: string,
  signal: AbortSignal | undefined,
): Promise<TerminateAnswer> {
  const input = { InstanceId: instanceId, ShouldDecrementDesiredCapacity: false };
  try {
    await withDeadline(caller.clock, WRITE_SECONDS * 1000, signal, (inner) =>
      caller.wire.call("TerminateInstanceInAutoScalingGroup", input, inner),
    );
    return { kind: "accepted" };
  } catch (error) {
    if (error instanceof AwsError) return classifyTermination(error);
    return { kind: "unknown", message: error instanceof Error ? error.message : String(error) };
  }
}
