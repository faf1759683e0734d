import {
  type AwsAction,
  type AwsActions,
  AwsError,
  type AwsWire,
  type KubernetesRequest,
  type KubernetesResponse,
  type KubernetesStream,
  type KubernetesWire,
  WireError,
  type WireFailure,
} from "#gateway/wire.ts";
import type { WorldAnswer, WorldRequest } from "../world.ts";
import { EventQueue } from "./event-queue.ts";
import type { Fault, FaultRule } from "./fault.ts";
import { type ClientState, latency, type Schedule } from "./schedule.ts";

/** How an exchange ends for the client. */
type Outcome =
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
function exchange(
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

export class WorldKubernetesWire implements KubernetesWire {
  private readonly options: WireOptions;

  constructor(options: WireOptions) {
    this.options = options;
  }

  async request(request: KubernetesRequest, signal?: AbortSignal): Promise<KubernetesResponse> {
    const outcome = await exchange(this.options, { kind: "kubernetes", request }, signal);
    if (outcome.kind === "broken") throw brokenWire(outcome, request);
    if (outcome.answer.kind !== "kubernetes") throw new Error("a Kubernetes request got an AWS answer");
    return outcome.answer.answer;
  }

  /** Faults: a lost request or answer breaks the opening; `answer` refuses it. */
  async stream(request: KubernetesRequest, signal: AbortSignal): Promise<KubernetesStream> {
    const { schedule, client, faultOf } = this.options;
    const fault = faultOf(client.name, schedule.now(), { kind: "kubernetes", request });
    return await new Promise<KubernetesStream>((resolve, reject) => {
      if (client.isCrashed) return;
      const abort = (): void => reject(new WireError("aborted", "the watch was aborted", true));
      if (signal.aborted) {
        reject(new WireError("aborted", "the watch was aborted", false));
        return;
      }
      signal.addEventListener("abort", abort, { once: true });
      const extra = fault?.kind === "slow" ? fault.delayMs : 0;
      schedule.at(schedule.now() + latency(schedule) + extra, () => {
        if (client.isCrashed || signal.aborted) return;
        const opened = this.open(request, signal, fault);
        schedule.deliver(schedule.now() + latency(schedule), () => {
          if (client.isCrashed) return;
          signal.removeEventListener("abort", abort);
          if (opened instanceof WireError) reject(opened);
          else resolve(opened);
        });
      });
    });
  }

  private open(
    request: KubernetesRequest,
    signal: AbortSignal,
    fault: Fault | undefined,
  ): KubernetesStream | WireError {
    const { schedule, client } = this.options;
    if (fault?.kind === "lostRequest" || fault?.kind === "lostAnswer") {
      return new WireError(fault.failure, "the connection broke before the watch opened", true);
    }
    if (fault?.kind === "answer" || fault?.kind === "answerAfter") {
      return { ...fault.response, events: new EventQueue() };
    }
    const opening = schedule.world.openWatch(schedule.now(), request, client.name);
    const events = new EventQueue();
    if (opening.kind === "refused") {
      const { status, headers, body } = opening.answer;
      events.end();
      return { status, headers, body, events };
    }
    const { cursor } = opening;
    let isScheduled = false;
    const flush = (): void => {
      isScheduled = false;
      if (client.isCrashed) return;
      for (const event of cursor.take()) events.push(event);
      if (cursor.isEnded) events.end();
    };
    cursor.onWake = () => {
      if (isScheduled || client.isCrashed) return;
      isScheduled = true;
      schedule.deliver(schedule.now() + latency(schedule), flush);
    };
    const close = (): void => {
      cursor.onWake = () => undefined;
      cursor.close();
    };
    events.onReturn = close;
    client.onCrash.add(close);
    signal.addEventListener(
      "abort",
      () => {
        close();
        client.onCrash.delete(close);
        if (!client.isCrashed) events.fail(new WireError("aborted", "the watch was aborted", true));
      },
      { once: true },
    );
    cursor.onWake();
    return { status: 200, headers: { "content-type": "application/json" }, body: undefined, events };
  }
}

function brokenWire(
  outcome: Extract<Outcome, { readonly kind: "broken" }>,
  request: KubernetesRequest,
): WireError {
  return new WireError(
    outcome.failure,
    `${request.method} ${request.path}: ${outcome.failure}`,
    outcome.maybeSent,
  );
}

export class WorldAwsWire implements AwsWire {
  private readonly options: WireOptions;

  constructor(options: WireOptions) {
    this.options = options;
  }

  async call<A extends AwsAction>(
    action: A,
    input: AwsActions[A]["input"],
    signal?: AbortSignal,
  ): Promise<AwsActions[A]["output"]> {
    const outcome = await exchange(this.options, { kind: "aws", action, input }, signal);
    if (outcome.kind === "broken") {
      const code = outcome.failure === "aborted" ? "Aborted" : "Unreachable";
      throw new AwsError(code, `${action}: ${outcome.failure}`, 0, outcome.maybeSent);
    }
    if (outcome.answer.kind === "awsError") throw outcome.answer.error;
    if (outcome.answer.kind !== "aws") throw new Error("an AWS call got a Kubernetes answer");
    return outcome.answer.output as AwsActions[A]["output"];
  }
}
