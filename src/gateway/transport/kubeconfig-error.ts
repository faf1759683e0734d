/**
 * A kubeconfig that cannot be used as asked. `message` names file and entry, never a secret;
 * `help` says what to do.
 */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
  readonly code: "E-KUBECONFIG" | "E-CONTEXT-MISSING";
  readonly help: string;
  constructor(code: "E-KUBECONFIG" | "E-CONTEXT-MISSING", message: string, help: string) {
    super(message);
    this.code = code;
    this.help = help;
  }
}
