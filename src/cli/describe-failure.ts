import { GATEWAY_ERROR_CODES, GatewayError, JournalError } from "#gateway/ports.ts";
import type { KubeconfigError } from "#gateway/transport/kubeconfig-error.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import { EXIT } from "#model/exit-codes.ts";
import { CommandFailure } from "./failure.ts";

export interface Failure {
  readonly exit: number;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * An error that ended a command before it changed anything, as exit code and words. One that does not
 * say what to do is told by its code: nobody is left with a sentence alone.
 */
export async function describeFailure(error: unknown): Promise<Failure> {
  const { exit, diagnostics } = describe(error);
  const [only, ...more] = diagnostics;
  if (!only || more.length > 0 || only.place || only.code === "E-NOT-CONFIRMED") return { exit, diagnostics };
  const asked = error instanceof GatewayError && error.place !== "" ? [`asked: ${error.place}`] : [];
  // The texts are many, and no command that goes well needs them.
  const { EXPLANATIONS } = await import("#model/explanations/explanations.ts");
  const help = [...asked, only.help ?? EXPLANATIONS[only.code].todo].join("\n");
  return { exit, diagnostics: [{ ...only, help }] };
}

function describe(error: unknown): Failure {
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
