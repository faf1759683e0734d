import { GatewayError } from "#gateway/ports.ts";
import { type AwsAction, type AwsActions, AwsError } from "#gateway/wire.ts";
import { backoffMilliseconds, READ_BACKOFF } from "../backoff.ts";
import { DeadlineError, withDeadline } from "../deadline.ts";
import type { Caller } from "./caller.ts";
import { isWorthRepeating, kindOfError } from "./error-codes.ts";

const LONGEST_MESSAGE = 400;

interface Failure {
  readonly error: GatewayError;
  /** For how many milliseconds from the first attempt on the same may be tried; 0: it is final. */
  readonly triedFor: number;
}

/** "DescribeAutoScalingGroups: 403 AccessDenied (User … is not authorized …)" */
export function describeError(error: AwsError): string {
  const status = error.status === 0 ? "" : `${error.status} `;
  const message = error.message.slice(0, LONGEST_MESSAGE);
  return `${status}${error.code}${message === "" ? "" : ` (${message})`}`;
}

/** @throws whatever is no failure of a wire: a fault of ours. */
function judge(
  { patience, place }: Caller,
  action: AwsAction,
  error: unknown,
  signal: AbortSignal | undefined,
): Failure {
  if (signal?.aborted) return { error: new GatewayError("aborted", `${action}: stopped`), triedFor: 0 };
  const triedFor = patience.totalSeconds * 1000;
  if (error instanceof DeadlineError) {
    return { error: new GatewayError("aws-unreachable", `${action}: ${error.message}`, place), triedFor };
  }
  if (!(error instanceof AwsError)) throw error;
  const message = `${action}: ${describeError(error)}`;
  const failure = new GatewayError(kindOfError(error), message, place);
  if (!isWorthRepeating(error)) return { error: failure, triedFor: 0 };
  const connecting = Math.min(triedFor, patience.connectSeconds * 1000);
  return { error: failure, triedFor: error.maybeSent ? triedFor : connecting };
}

async function pause(
  caller: Caller,
  milliseconds: number,
  action: AwsAction,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await caller.clock.sleep(milliseconds, signal);
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new GatewayError("aborted", `${action}: stopped`);
  }
}

/**
 * Makes a call that changes nothing and repeats it, with back-off and jitter, while AWS throttles,
 * fails or does not answer; every other error is final at once.
 * @throws GatewayError where it failed for good.
 */
export async function callRead<A extends AwsAction>(
  caller: Caller,
  action: A,
  input: AwsActions[A]["input"],
  signal: AbortSignal | undefined,
): Promise<AwsActions[A]["output"]> {
  const { clock, patience } = caller;
  const start = clock.monotonic();
  const end = start + patience.totalSeconds * 1000;
  for (let count = 0; ; count++) {
    const allowed = Math.min(patience.requestSeconds * 1000, end - clock.monotonic());
    try {
      return await withDeadline(clock, allowed, signal, (inner) => caller.wire.call(action, input, inner));
    } catch (error) {
      const failure = judge(caller, action, error, signal);
      const wait = backoffMilliseconds(READ_BACKOFF, count, caller.random);
      if (clock.monotonic() + wait >= start + failure.triedFor) throw failure.error;
      await pause(caller, wait, action, signal);
    }
  }
}
