import { WireError, type WireFailure } from "#gateway/wire.ts";

const UNREACHABLE: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "EADDRNOTAVAIL",
  "ETIMEDOUT",
]);

/** Node reports what is wrong with a certificate by OpenSSL's names. */
const TLS =
  /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO|INVALID_CA)/;

/** What came back was no TLS that Node knows. Whatever else OpenSSL calls so is still no matter of trust. */
const NO_TLS =
  /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNKNOWN_PROTOCOL|HTTP_REQUEST))$/;

export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function failureOf(code: string): WireFailure {
  if (UNREACHABLE.has(code)) return "unreachable";
  return TLS.test(code) ? "tls" : "reset";
}

/** Node's error in the wire's words; `server` is host and port, for people. */
export function wireFailure(error: unknown, server: string, maybeSent: boolean): WireError {
  if (error instanceof WireError) return error;
  const code = errorCode(error);
  const failure = failureOf(code);
  const reason = code || (error instanceof Error ? error.message : String(error));
  switch (failure) {
    case "tls":
      if (NO_TLS.test(code)) {
        const text = `${server} does not answer in TLS, as https:// asks for (${reason}): it may speak plain HTTP`;
        return new WireError("tls", text, false);
      }
      return new WireError("tls", `the certificate of ${server} is not trusted (${reason})`, false);
    case "unreachable":
      return new WireError("unreachable", `${server} cannot be reached (${reason})`, maybeSent);
    default:
      return new WireError("reset", `the connection to ${server} broke (${reason})`, maybeSent);
  }
}
