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

/** Whether the same read may succeed yet: never, or within the time for answers, or for connections. */
type Again = "never" | "answer" | "connection";

type Attempt =
  | { readonly kind: "answered"; readonly response: KubernetesResponse }
  | {
      readonly kind: "failed";
      readonly error: Pick<GatewayError, "kind" | "message">;
      readonly again: Again;
      readonly waitSeconds: number;
    };

function failed(kind: GatewayErrorKind, message: string, again: Again, waitSeconds = 0): Attempt {
  return { kind: "failed", error: { kind, message }, again, waitSeconds };
}

function judgeAnswer(read: Read, response: KubernetesResponse): Attempt {
  const { status } = response;
  if (isSuccess(status) || read.expected?.includes(status)) return { kind: "answered", response };
  const message = `${read.what}: ${describeAnswer(status, response.body)}`;
  if (status === 401) return failed("unauthorized", message, "never");
  if (status === 403) return failed("forbidden", message, "never");
  const again = status === 408 || status === 429 || status >= 500 ? "answer" : "never";
  return failed("server-failed", message, again, retryAfterSeconds(response));
}

/** @throws whatever is no failure of a wire: a fault of ours. */
function judgeSilence(what: string, error: unknown, signal: AbortSignal | undefined): Attempt {
  if (signal?.aborted) return failed("aborted", `${what}: stopped`, "never");
  if (error instanceof DeadlineError) return failed("unreachable", `${what}: ${error.message}`, "answer");
  if (!(error instanceof WireError)) throw error;
  const message = `${what}: ${error.message}`;
  switch (error.failure) {
    case "credentials":
      return failed("unauthorized", message, "never");
    case "tls":
      return failed("unreachable", message, "never");
    case "malformed":
      return failed("server-failed", message, "answer");
    case "aborted":
    case "reset":
    case "unreachable":
      return failed("unreachable", message, error.maybeSent ? "answer" : "connection");
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
export function send(caller: Caller, read: Read, signal?: AbortSignal): Promise<KubernetesResponse> {
  const work = (): Promise<KubernetesResponse> => sendAtOnce(caller, read, signal);
  return caller.inTurn === undefined ? work() : caller.inTurn(work);
}

async function sendAtOnce(
  caller: Caller,
  read: Read,
  signal: AbortSignal | undefined,
): Promise<KubernetesResponse> {
  const { clock, patience } = caller;
  const start = clock.monotonic();
  const ends = {
    never: start,
    answer: start + patience.totalSeconds * 1000,
    connection: start + Math.min(patience.connectSeconds, patience.totalSeconds) * 1000,
  };
  for (let count = 0; ; count++) {
    const left = ends.answer - clock.monotonic();
    const result = await attempt(caller, read, Math.min(patience.requestSeconds * 1000, left), signal);
    if (result.kind === "answered") return result.response;
    const backoff = backoffMilliseconds(READ_BACKOFF, count, caller.random);
    const wait = Math.max(result.waitSeconds * 1000, backoff);
    if (clock.monotonic() + wait >= ends[result.again]) {
      throw new GatewayError(result.error.kind, result.error.message, caller.place);
    }
    await pause(caller, wait, read.what, signal);
  }
}
