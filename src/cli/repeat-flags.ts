import { shellWord } from "./shell-word.ts";

/** Flags of a command that chose a cluster or a state folder: whoever goes on with its run needs them too. */
export interface RepeatedFlags {
  readonly stateFolder: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly region?: string | undefined;
}

/** " --context prod --state-dir '/my runs'", ready for a shell; "" where none was given. */
export function repeatFlags({ stateFolder, kubeconfig, context, region }: RepeatedFlags): string {
  const given = { "state-dir": stateFolder, kubeconfig, context, "aws-region": region };
  return Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value = ""]) => ` --${name} ${shellWord(value)}`)
    .join("");
}
