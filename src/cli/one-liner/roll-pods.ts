import type { Spec } from "#model/spec.ts";
import { failUsage } from "../failure.ts";
import { shellWord } from "../shell-word.ts";
import type { Terminal } from "../terminal.ts";
import { commandWords, givenOnce, type OneLinerValues, optionsOf, sharedLines } from "./one-liner-flags.ts";
import { runOneLiner } from "./run-one-liner.ts";
import { readSpecLines, specLines } from "./spec-lines.ts";

export interface RollPodsValues extends OneLinerValues {
  readonly label?: string | undefined;
  readonly selector?: string | undefined;
  readonly namespace: string;
}

export async function rollPods(values: RollPodsValues, terminal: Terminal): Promise<number> {
  const spec = await rollPodsSpec(values);
  return runOneLiner({ ...optionsOf(values), spec, again: commandWords("roll pods", values) }, terminal);
}

/** What `roll pods` asks for, as a spec. @throws CommandFailure 64 */
export async function rollPodsSpec(values: RollPodsValues): Promise<Spec> {
  const { label, selector, namespace } = values;
  const labels = givenOnce({ "--label": label, "--selector": selector });
  if (labels === undefined) failUsage("--label is missing: SELECTOR", "see: dextre roll pods --help");
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) {
    failUsage(
      `--namespace ${shellWord(namespace)} cannot be a namespace: lower-case letters, digits and hyphens, at most 63 characters`,
      "roll pods takes one namespace; a Pods target of a spec takes several",
    );
  }
  const lines = specLines(`roll pods ${namespace} ${labels}`, {
    target: [
      { text: "    - kind: Pods" },
      { text: `      namespaces: [${JSON.stringify(namespace)}]`, flag: "--namespace", value: namespace },
      { text: `      selector: ${JSON.stringify(labels)}`, flag: "--label", value: labels },
    ],
    replace: "none",
    shared: sharedLines(values),
  });
  return readSpecLines(lines);
}
