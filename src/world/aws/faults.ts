import { AwsError } from "#gateway/wire.ts";

/** AWS's own codes, with their HTTP status. Source: the API models of Auto Scaling and EC2. */
export function validationError(message: string): AwsError {
  return new AwsError("ValidationError", message, 400, true);
}

export function fault(code: string, message: string, status = 400): AwsError {
  return new AwsError(code, message, status, true);
}

/** EC2's rehearsal of a call ends here, its parameters having been judged. @throws AwsError */
export function endDryRun(input: { readonly DryRun?: boolean }): void {
  if (input.DryRun !== true) return;
  throw fault("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
}

/** A member that takes one of these words, where it is sent. @throws AwsError */
export function requireOneOf(value: string | undefined, name: string, words: readonly string[]): void {
  if (value === undefined || words.includes(value)) return;
  throw validationError(
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must satisfy enum value set: [${words.join(", ")}]`,
  );
}

/** A member that the action cannot do without. @throws AwsError */
export function requireText(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw missing(name);
}

/** @throws AwsError */
export function requireNumber(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isInteger(value)) return value;
  throw missing(name);
}

/** @throws AwsError */
export function requireTexts(value: readonly string[] | undefined, name: string): readonly string[] {
  if (value !== undefined && value.length > 0) return value;
  throw missing(name);
}

function missing(name: string): AwsError {
  return validationError(
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
  );
}
