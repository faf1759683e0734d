import { fault } from "./faults.ts";
import type { Fleet } from "./fleet.ts";

/**
 * Does what was asked once for each client token of an action, and repeats its answer.
 * @throws AwsError for the same token with other parameters
 */
export function once<Output>(fleet: Fleet, token: string, input: object, act: () => Output): Output {
  const text = JSON.stringify(Object.entries(input).sort(([left], [right]) => (left < right ? -1 : 1)));
  const before = fleet.answered.get(token);
  if (before === undefined) {
    const output = act();
    fleet.answered.set(token, { input: text, output });
    return output;
  }
  if (before.input === text) return before.output as Output;
  throw fault(
    "IdempotentParameterMismatch",
    "The parameters of this request do not match those of an earlier request with the same client token.",
  );
}
