import { isFields, text, texts } from "./fields.ts";

/** A user's `exec` under the kubeconfig's own names. Texts are "" where absent. */
export interface ExecConfiguration {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly interactiveMode: string;
  readonly provideClusterInfo: boolean;
  readonly installHint: string;
}

/** client-node's User has it as it was written. undefined for none. */
export function readExecConfiguration(exec: unknown): ExecConfiguration | undefined {
  if (!isFields(exec)) return undefined;
  const variables = Array.isArray(exec.env) ? exec.env.filter(isFields) : [];
  return {
    apiVersion: text(exec.apiVersion),
    command: text(exec.command),
    args: texts(exec.args),
    env: variables.map((entry) => ({ name: text(entry.name), value: text(entry.value) })),
    interactiveMode: text(exec.interactiveMode),
    provideClusterInfo: exec.provideClusterInfo === true,
    installHint: text(exec.installHint),
  };
}
