import {
  type KubernetesRequest,
  type KubernetesResponse,
  type KubernetesStream,
  type KubernetesWire,
  WireError,
} from "#gateway/wire.ts";
import { exchange, type Outcome, type WireOptions } from "./exchange.ts";
import { latency } from "./schedule.ts";
import { openStream } from "./watch-stream.ts";

/** The API server as one client sees it. */
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
  stream(request: KubernetesRequest, signal: AbortSignal): Promise<KubernetesStream> {
    const { schedule, client, faultOf } = this.options;
    if (client.isCrashed) return new Promise(() => undefined);
    if (signal.aborted) return Promise.reject(new WireError("aborted", "the watch was aborted", false));
    const fault = faultOf(client.name, schedule.now(), { kind: "kubernetes", request });
    return new Promise<KubernetesStream>((resolve, reject) => {
      const abort = (): void => {
        if (!client.isCrashed) reject(new WireError("aborted", "the watch was aborted", true));
      };
      signal.addEventListener("abort", abort, { once: true });
      const extra = fault?.kind === "slow" ? fault.delayMs : 0;
      schedule.at(schedule.now() + latency(schedule) + extra, () => {
        if (client.isCrashed || signal.aborted) return;
        const opened = openStream(this.options, request, signal, fault);
        schedule.deliver(schedule.now() + latency(schedule), () => {
          if (client.isCrashed) return;
          signal.removeEventListener("abort", abort);
          if (opened instanceof WireError) reject(opened);
          else resolve(opened);
        });
      });
    });
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
