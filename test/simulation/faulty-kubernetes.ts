import {
  type KubernetesRequest,
  type KubernetesResponse,
  type KubernetesStream,
  type KubernetesWire,
  WireError,
} from "#gateway/wire.ts";
import type { RatedKind } from "./fault-kinds.ts";
import { faultyAnswer } from "./faulty-answers.ts";
import { FaultyEvents } from "./faulty-events.ts";
import { cutOff, heldBack, type Line, noAnswer } from "./line.ts";

const BROKEN = ["lostRequest", "lostResponse", "delay", "reorder", "resetMidBody"] as const;
const TROUBLE = [
  "unauthorized401",
  "forbidden403",
  "fairness429",
  "shutdown429",
  "failed500",
  "unavailable503",
  "timeout504",
] as const;

const READ: readonly RatedKind[] = [...BROKEN, ...TROUBLE];
const RELIST: readonly RatedKind[] = [...READ, "staleRead"];
const PAGE: readonly RatedKind[] = [...READ, "gone410Answer"];
const WRITE: readonly RatedKind[] = [...READ, "duplicate", "conflict409", "invalid422", "appliedThen500"];
const EVICTION: readonly RatedKind[] = [...WRITE, "budget429"];
const OPENING: readonly RatedKind[] = ["lostRequest", ...TROUBLE, "gone410Answer"];

function inPages(request: KubernetesRequest, size: number): KubernetesRequest {
  if (request.query?.limit === undefined) return request;
  return { ...request, query: { ...request.query, limit: String(size) } };
}

const REFUSAL = (): Error => new WireError("unreachable", "connection refused", false);

function kindsFor({ method, path, query }: KubernetesRequest): readonly RatedKind[] {
  if (method !== "GET") {
    if (path.endsWith("/eviction")) return EVICTION;
    return path.includes("selfsubjectaccessreviews") ? READ : WRITE;
  }
  if (query?.continue !== undefined) return PAGE;
  return query?.limit !== undefined && query.fieldSelector === undefined ? RELIST : READ;
}

/** The API server behind a line on which everything goes wrong that may. */
export class FaultyKubernetes implements KubernetesWire {
  readonly #inner: KubernetesWire;
  readonly #line: Line;

  constructor(inner: KubernetesWire, line: Line) {
    this.#inner = inner;
    this.#line = line;
  }

  async request(asked: KubernetesRequest, signal?: AbortSignal): Promise<KubernetesResponse> {
    const line = this.#line;
    const request = line.pageSize === null ? asked : inPages(asked, line.pageSize);
    const told = { kind: "kubernetes", request } as const;
    line.onSend(told);
    const answer = await this.#carry(request, signal);
    await heldBack(line, "kubernetes");
    line.onAnswer(told);
    return answer;
  }

  async #carry(request: KubernetesRequest, signal: AbortSignal | undefined): Promise<KubernetesResponse> {
    const { weather } = this.#line;
    const cut = cutOff(this.#line, "kubernetes", signal, REFUSAL);
    if (cut) return cut;
    const kind = weather.draw(kindsFor(request));
    if (kind === undefined) return this.#remember(request, await this.#inner.request(request, signal));
    return this.#spoil(kind, request, signal);
  }

  async #spoil(
    kind: RatedKind,
    request: KubernetesRequest,
    signal: AbortSignal | undefined,
  ): Promise<KubernetesResponse> {
    const { weather, oldLists } = this.#line;
    const clock = this.#line.clock();
    const { random } = weather;
    const old = oldLists.get(request.path);
    if (kind === "staleRead" && old === undefined) return this.#inner.request(request, signal);
    weather.count(kind, `${request.method} ${request.path}`);
    switch (kind) {
      case "staleRead":
        return old ?? this.#inner.request(request, signal);
      case "lostRequest":
        return noAnswer(this.#line, signal);
      case "lostResponse":
        await this.#inner.request(request, signal);
        return noAnswer(this.#line, signal);
      case "resetMidBody":
        await this.#inner.request(request, signal);
        throw new WireError("malformed", "the answer ended in its middle", true);
      case "delay":
        await clock.sleep(random.between(100, 40_000), signal);
        return this.#inner.request(request, signal);
      case "reorder": {
        const answer = await this.#inner.request(request, signal);
        await clock.sleep(random.between(50, 5_000), signal);
        return answer;
      }
      case "duplicate":
        this.#again(request);
        return this.#inner.request(request, signal);
      case "appliedThen500":
        await this.#inner.request(request, signal);
        break;
    }
    await clock.sleep(random.between(1, 50), signal);
    return faultyAnswer(kind) ?? this.#inner.request(request, signal);
  }

  /** The network delivers a packet twice; nobody hears the second answer. */
  #again(request: KubernetesRequest): void {
    const copy = { ...request };
    this.#line.duplicates.add(copy);
    this.#line
      .clock()
      .sleep(this.#line.weather.random.between(1, 3_000))
      .then(() => this.#inner.request(copy))
      .catch(() => undefined);
  }

  #remember(request: KubernetesRequest, answer: KubernetesResponse): KubernetesResponse {
    if (kindsFor(request) === RELIST && answer.status === 200 && this.#line.weather.has("staleRead")) {
      if (!this.#line.oldLists.has(request.path)) this.#line.oldLists.set(request.path, answer);
    }
    return answer;
  }

  async stream(request: KubernetesRequest, signal: AbortSignal): Promise<KubernetesStream> {
    const { weather } = this.#line;
    const cut = cutOff(this.#line, "kubernetes", signal, REFUSAL);
    if (cut) return cut;
    const kind = weather.draw(OPENING);
    if (kind !== undefined) {
      weather.count(kind, `watch ${request.path}`);
      const refusal = faultyAnswer(kind);
      if (!refusal) return noAnswer(this.#line, signal);
      await this.#line.clock().sleep(2, signal);
      return { ...refusal, events: NOTHING };
    }
    const stream = await this.#inner.stream(request, signal);
    await heldBack(this.#line, "kubernetes");
    if (stream.status !== 200) return stream;
    return { ...stream, events: new FaultyEvents(stream.events, this.#line, request.path) };
  }
}

const NOTHING: AsyncIterable<unknown> = {
  async *[Symbol.asyncIterator]() {
    // Nothing comes behind a refusal.
  },
};
