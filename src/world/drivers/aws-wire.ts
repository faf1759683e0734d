import { type AwsAction, type AwsActions, AwsError, type AwsWire } from "#gateway/wire.ts";
import { exchange, type WireOptions } from "./exchange.ts";

/** AWS as one client sees it. */
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
