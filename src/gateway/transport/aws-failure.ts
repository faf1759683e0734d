import { AwsError } from "#gateway/wire.ts";
import { errorCode } from "./wire-failure.ts";

/** What the SDK throws before it sends anything. */
const NO_CREDENTIALS: ReadonlySet<string> = new Set([
  "CredentialsProviderError",
  "TokenProviderError",
  "ProviderError",
]);
const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

function textAt(value: unknown, ...path: readonly string[]): string {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null || !(key in current)) return "";
    current = (current as Readonly<Record<string, unknown>>)[key];
  }
  return typeof current === "string" ? current : "";
}

function statusOf(error: unknown): number {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return 0;
  const metadata = error.$metadata;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return 0;
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : 0;
}

/** What the SDK threw, in the wire's words. Without headers and bodies. */
export function awsFailure(error: unknown, signal: AbortSignal | undefined): AwsError {
  if (error instanceof AwsError) return error;
  const name = error instanceof Error ? error.name : "";
  const message = error instanceof Error ? error.message : String(error);
  const status = statusOf(error);
  if (signal?.aborted && status === 0) return new AwsError("Aborted", "stopped", 0, true);
  if (NO_CREDENTIALS.has(name)) return new AwsError("CredentialsMissing", message, 0, false);
  if (/region is missing/i.test(message)) {
    return new AwsError("CredentialsMissing", "no region is set (--aws-region, AWS_REGION)", 0, false);
  }
  if (status === 0) {
    const code = errorCode(error);
    return new AwsError("Unreachable", code || message, 0, !NEVER_CONNECTED.has(code));
  }
  // AWS's own code, where the SDK's name for it has a suffix of its own.
  const code = textAt(error, "Code") || textAt(error, "Error", "Code") || name;
  // What is no answer of AWS's own reaches us as a fault of the parser.
  const isForeign = code === "" || code === "Error" || code === "SyntaxError";
  if (isForeign) return new AwsError("MalformedAnswer", "the answer is not one of AWS's", status, true);
  return new AwsError(code, message.split("\n")[0] ?? "", status, true);
}
