import { GATEWAY_ERROR_CODES, GatewayError, JournalError } from "#gateway/ports.ts";
import type { KubeconfigError } from "#gateway/transport/kubeconfig-error.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import { EXIT } from "#model/exit-codes.ts";
import { CommandFailure } from "./failure.ts";

/** An error that ended a command before it changed anything, as exit code and words. */
export function describeFailure(error: unknown): {
  readonly exit: number;
  readonly diagnostics: readonly Diagnostic[];
} {
  if (error instanceof CommandFailure) return error;
  if (error instanceof GatewayError) {
    const exit = error.kind === "aborted" ? EXIT.stopped : EXIT.refused;
    return { exit, diagnostics: [{ code: GATEWAY_ERROR_CODES[error.kind], message: error.message }] };
  }
  if (error instanceof JournalError) {
    return { exit: EXIT.refused, diagnostics: [{ code: error.code, message: error.message }] };
  }
  if (isKubeconfigError(error)) {
    return {
      exit: EXIT.invalid,
      diagnostics: [{ code: error.code, message: error.message, help: error.help }],
    };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    exit: EXIT.unexpected,
    diagnostics: [{ code: "E-UNEXPECTED", message, help: "this is a fault of dextre: please report it" }],
  };
}

/** By its name: importing its class here would load the transport for every command. */
function isKubeconfigError(error: unknown): error is KubeconfigError {
  return error instanceof Error && error.name === "KubeconfigError";
}
