import type { WireFailure } from "#gateway/wire.ts";
import type { WorldAnswer, WorldRequest } from "../world.ts";
import type { Fault, FaultRule } from "./fault.ts";
import { type ClientState, latency, type Schedule } from "./schedule.ts";

/** How an exchange ends for the client. */
export type Outcome =
  | { readonly kind: "answer"; readonly answer: WorldAnswer }
  | { readonly kind: "broken"; readonly failure: WireFailure; readonly maybeSent: boolean };

export interface WireOptions {
  readonly schedule: Schedule;
  readonly client: ClientState;
  readonly faultOf: FaultRule;
}

/**
 * Sends one request: it is applied one latency later, answered another latency later. A crashed client
 * never hears of it; whether it was applied depends on when the crash came.
 */
export function exchange(
  options: WireOptions,
  request: WorldRequest,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const { client } = options;
  if (client.isCrashed) return new Promise(() => undefined);
  if (signal?.aborted === true) {
    return Promise.resolve({ kind: "broken", failure: "aborted", maybeSent: false });
  }
  return new Promise((resolve) => {
    let isSettled = false;
    const settle = (outcome: Outcome): void => {
      if (isSettled || client.isCrashed) return;
      isSettled = true;
      signal?.removeEventListener("abort", abort);
      resolve(outcome);
    };
    const abort = (): void => settle({ kind: "broken", failure: "aborted", maybeSent: true });
    signal?.addEventListener("abort", abort, { once: true });
    send(options, request, settle);
  });
}

function send(options: WireOptions, request: WorldRequest, settle: (outcome: Outcome) => void): void {
  const { schedule, client, faultOf } = options;
  const fault = faultOf(client.name, schedule.now(), request);
  const extra = fault?.kind === "slow" ? fault.delayMs : 0;
  const arrival = schedule.now() + latency(schedule) + extra;
  schedule.at(arrival, () => {
    if (client.isCrashed && client.inFlight === "drop") return;
    const outcome = serve(options, request, fault);
    schedule.deliver(schedule.now() + latency(schedule) + serverDelay(outcome), () => settle(outcome));
  });
}

/** How long the server itself takes over an answer, ms. */
function serverDelay(outcome: Outcome): number {
  if (outcome.kind !== "answer" || outcome.answer.kind !== "kubernetes") return 0;
  return outcome.answer.answer.delayMs ?? 0;
}

function serve({ schedule, client }: WireOptions, request: WorldRequest, fault: Fault | undefined): Outcome {
  const apply = (): WorldAnswer => schedule.world.handle(schedule.now(), request, client.name);
  switch (fault?.kind) {
    case "lostRequest":
      return { kind: "broken", failure: fault.failure, maybeSent: fault.failure !== "unreachable" };
    case "lostAnswer":
      apply();
      return { kind: "broken", failure: fault.failure, maybeSent: true };
    case "answer":
      return { kind: "answer", answer: { kind: "kubernetes", answer: fault.response } };
    case "awsError":
      return { kind: "answer", answer: { kind: "awsError", error: fault.error } };
    case "answerAfter":
      apply();
      return { kind: "answer", answer: { kind: "kubernetes", answer: fault.response } };
    case "slow":
    case undefined:
      return { kind: "answer", answer: apply() };
  }
}
