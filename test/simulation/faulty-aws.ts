import { type AwsAction, type AwsActions, AwsError, type AwsWire } from "#gateway/wire.ts";
import type { RatedKind } from "./fault-kinds.ts";
import { cutOff, heldBack, type Line, silence } from "./line.ts";

const READ: readonly RatedKind[] = ["awsThrottle", "awsLost", "awsExpired", "awsStale", "awsContention"];
const WRITE: readonly RatedKind[] = ["awsThrottle", "awsLost", "awsExpired", "awsContention"];
/** Eventual consistency: so old may an answer be. */
const STALE_MILLISECONDS = 60_000;

const REFUSAL = (): Error => new AwsError("Unreachable", "connection refused", 0, false);

interface Remembered {
  readonly at: number;
  readonly output: unknown;
}

/** AWS behind a line on which everything goes wrong that may. */
export class FaultyAws implements AwsWire {
  readonly #inner: AwsWire;
  readonly #line: Line;
  #wasStale = false;

  constructor(inner: AwsWire, line: Line) {
    this.#inner = inner;
    this.#line = line;
  }

  async call<A extends AwsAction>(
    action: A,
    input: AwsActions[A]["input"],
    signal?: AbortSignal,
  ): Promise<AwsActions[A]["output"]> {
    const told = { kind: "aws", action, input } as const;
    this.#line.onSend(told);
    const output = await this.#carry(action, input, signal);
    await heldBack(this.#line, "aws");
    this.#line.onAnswer(told);
    return output;
  }

  async #carry<A extends AwsAction>(
    action: A,
    input: AwsActions[A]["input"],
    signal: AbortSignal | undefined,
  ): Promise<AwsActions[A]["output"]> {
    const { weather } = this.#line;
    const cut = cutOff(this.#line, "aws", signal, REFUSAL);
    if (cut) return cut;
    const kind = weather.draw(action.startsWith("Describe") ? READ : WRITE);
    const key = `${action} ${JSON.stringify(input)}`;
    if (kind === "awsStale") {
      const old = this.#oldAnswer(key);
      if (old !== undefined) {
        weather.count(kind, action);
        return old as AwsActions[A]["output"];
      }
    } else if (kind !== undefined) return this.#spoil(kind, action, input, signal);
    this.#wasStale = false;
    const output = await this.#inner.call(action, input, signal);
    this.#remember(key, output);
    return output;
  }

  async #spoil<A extends AwsAction>(
    kind: RatedKind,
    action: A,
    input: AwsActions[A]["input"],
    signal: AbortSignal | undefined,
  ): Promise<AwsActions[A]["output"]> {
    const { weather } = this.#line;
    const clock = this.#line.clock();
    weather.count(kind, action);
    await clock.sleep(weather.random.between(1, 50), signal);
    switch (kind) {
      case "awsThrottle":
        throw new AwsError("Throttling", "Rate exceeded", 400, true);
      case "awsExpired":
        throw new AwsError("ExpiredToken", "The security token is expired", 403, true);
      case "awsContention":
        // Source: the errors of DescribeAutoScalingGroups and of TerminateInstanceInAutoScalingGroup.
        throw action.startsWith("Describe") || weather.random.between(0, 1) === 0
          ? new AwsError("ResourceContention", "try again", 500, true)
          : new AwsError("ScalingActivityInProgress", "an activity is in progress", 400, true);
      default:
        if (weather.random.between(0, 1) === 0) await this.#inner.call(action, input, signal);
        if (weather.random.between(0, 2) === 0) return silence(signal);
        throw new AwsError("Unreachable", "the connection was reset", 0, true);
    }
  }

  /** Never twice running: what has to be seen twice is then seen. */
  #oldAnswer(key: string): unknown {
    const known = this.#line.oldAnswers.get(key) as readonly Remembered[] | undefined;
    const oldest = known?.find(({ at }) => at >= this.#line.clock().now() - STALE_MILLISECONDS);
    if (this.#wasStale || !oldest) return undefined;
    this.#wasStale = true;
    return oldest.output;
  }

  #remember(key: string, output: unknown): void {
    const { oldAnswers, weather } = this.#line;
    if (!weather.has("awsStale")) return;
    const now = this.#line.clock().now();
    const known = (oldAnswers.get(key) as readonly Remembered[] | undefined) ?? [];
    const kept = known.filter(({ at }) => at >= now - STALE_MILLISECONDS);
    oldAnswers.set(key, [...kept, { at: now, output }]);
  }
}
