import { AwsError } from "#gateway/wire.ts";

/** AWS's own codes, with their HTTP status. Source: the API models of Auto Scaling and EC2. */
export function validationError(message: string): AwsError {
  return new AwsError("ValidationError", message, 400, true);
}

export function fault(code: string, message: string, status = 400): AwsError {
  return new AwsError(code, message, status, true);
}

/** A member that the action cannot do without. @throws AwsError */
export function requireText(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw validationError(
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
  );
}

export function requireNumber(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isInteger(value)) return value;
  throw validationError(
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
  );
}

export function requireTexts(value: readonly string[] | undefined, name: string): readonly string[] {
  if (value !== undefined && value.length > 0) return value;
  throw validationError(
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
  );
}
