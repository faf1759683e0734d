import { GatewayError, type GatewayErrorKind } from "#gateway/ports.ts";
import { type KubernetesRequest, type KubernetesResponse, WireError } from "#gateway/wire.ts";
import { backoffMilliseconds, READ_BACKOFF } from "../backoff.ts";
import { DeadlineError, withDeadline } from "../deadline.ts";
import { describeAnswer, isSuccess, retryAfterSeconds } from "./answer.ts";
import type { Caller } from "./caller.ts";

export interface Read {
  /** Verb and object, for messages: "list pods", "get node ip-10-0-1-4". */
  readonly what: string;
  readonly request: KubernetesRequest;
  /** Statuses beside 2xx that the caller knows what to do with. */
  readonly expected?: readonly number[];
}

type Attempt =
  | { readonly kind: "answered"; readonly response: KubernetesResponse }
  | {
      readonly kind: "failed";
      readonly error: GatewayError;
      readonly again: boolean;
      readonly waitSeconds: number;
    };

function failed(kind: GatewayErrorKind, message: string, again: boolean, waitSeconds = 0): Attempt {
  return { kind: "failed", error: new GatewayError(kind, message), again, waitSeconds };
}

function judgeAnswer(read: Read, response: KubernetesResponse): Attempt {
  const { status } = response;
  if (isSuccess(status) || read.expected?.includes(status)) return { kind: "answered", response };
  const message = `${read.what}: ${describeAnswer(status, response.body)}`;
  if (status === 401) return failed("unauthorized", message, false);
  if (status === 403) return failed("forbidden", message, false);
  const again = status === 408 || status === 429 || status >= 500;
  return failed("server-failed", message, again, retryAfterSeconds(response));
}

/** @throws whatever is no failure of a wire: a fault of ours. */
export function judgeSilence(what: string, error: unknown, signal: AbortSignal | undefined): Attempt {
  if (signal?.aborted) return failed("aborted", `${what}: stopped`, false);
  if (error instanceof DeadlineError) return failed("unreachable", `${what}: ${error.message}`, true);
  if (!(error instanceof WireError)) throw error;
  const message = `${what}: ${error.message}`;
  switch (error.failure) {
    case "credentials":
      return failed("unauthorized", message, false);
    case "tls":
      return failed("unreachable", message, false);
    case "malformed":
      return failed("server-failed", message, true);
    case "aborted":
    case "reset":
    case "unreachable":
      return failed("unreachable", message, true);
  }
}

async function attempt(
  caller: Caller,
  read: Read,
  milliseconds: number,
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  try {
    const response = await withDeadline(caller.clock, milliseconds, signal, (inner) =>
      caller.wire.request(read.request, inner),
    );
    return judgeAnswer(read, response);
  } catch (error) {
    return judgeSilence(read.what, error, signal);
  }
}

async function pause(
  caller: Caller,
  milliseconds: number,
  what: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await caller.clock.sleep(milliseconds, signal);
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new GatewayError("aborted", `${what}: stopped`);
  }
}

/**
 * Sends a read and repeats it as its failure deserves: Retry-After is honoured, servers and
 * connections in trouble are asked again with back-off and jitter, refusals are final at once.
 * @throws GatewayError where it failed for good.
 */
export async function send(caller: Caller, read: Read, signal?: AbortSignal): Promise<KubernetesResponse> {
  const { clock, patience } = caller;
  const end = clock.monotonic() + patience.totalSeconds * 1000;
  for (let count = 0; ; count++) {
    const left = end - clock.monotonic();
    const result = await attempt(caller, read, Math.min(patience.requestSeconds * 1000, left), signal);
    if (result.kind === "answered") return result.response;
    const backoff = backoffMilliseconds(READ_BACKOFF, count, caller.random);
    const wait = Math.max(result.waitSeconds * 1000, backoff);
    if (!result.again || clock.monotonic() + wait >= end) throw result.error;
    await pause(caller, wait, read.what, signal);
  }
}
