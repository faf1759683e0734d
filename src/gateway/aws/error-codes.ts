import type { GatewayErrorKind } from "#gateway/ports.ts";
import type { AwsError } from "#gateway/wire.ts";

const THROTTLING: ReadonlySet<string> = new Set([
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "PriorRequestNotComplete",
  "EC2ThrottledException",
]);

const CREDENTIALS: ReadonlySet<string> = new Set([
  "CredentialsMissing",
  "ExpiredToken",
  "ExpiredTokenException",
  "RequestExpired",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "SignatureDoesNotMatch",
  "AuthFailure",
  "MissingAuthenticationToken",
  "IncompleteSignature",
]);

const FORBIDDEN: ReadonlySet<string> = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "UnauthorizedOperation",
  "OptInRequired",
]);

/** *Source:* the SDK's list of throttling codes. */
export function isThrottling(error: AwsError): boolean {
  return THROTTLING.has(error.code) || error.status === 429;
}

export function kindOfError(error: AwsError): GatewayErrorKind {
  if (CREDENTIALS.has(error.code)) return "aws-credentials";
  if (FORBIDDEN.has(error.code)) return "aws-forbidden";
  if (error.code === "Aborted") return "aborted";
  if (error.code === "Unreachable") return "aws-unreachable";
  return "aws-failed";
}

/** Whether the same read may succeed a little later. */
export function isWorthRepeating(error: AwsError): boolean {
  return isThrottling(error) || error.code === "Unreachable" || error.status >= 500;
}
