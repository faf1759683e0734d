import type { AwsAction, AwsActions, AwsWire } from "#gateway/wire.ts";
import type { AwsSenders } from "./aws-clients.ts";
import { awsFailure } from "./aws-failure.ts";
import { plain } from "./plain.ts";

export interface AwsOptions {
  /** undefined: AWS_REGION or the shared config file. */
  readonly region?: string | undefined;
}

async function loadSenders(region: string | undefined): Promise<AwsSenders> {
  // The SDK warns on stderr about Node's age when its first client is made.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const { createAwsSenders } = await import("./aws-clients.ts");
  return createAwsSenders(region);
}

/** AWS by its SDK, which is loaded with the first call. Makes no call and needs no credentials before. */
export function openAwsWire(options: AwsOptions = {}): AwsWire {
  let loading: Promise<AwsSenders> | undefined;
  return {
    async call<A extends AwsAction>(
      action: A,
      input: AwsActions[A]["input"],
      signal?: AbortSignal,
    ): Promise<AwsActions[A]["output"]> {
      try {
        loading ??= loadSenders(options.region);
        const send = (await loading)[action];
        const output = plain(await send(input, signal));
        return output as AwsActions[A]["output"];
      } catch (error) {
        throw awsFailure(error, signal);
      }
    },
  };
}
