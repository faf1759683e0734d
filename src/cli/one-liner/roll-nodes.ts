import type { Spec } from "#model/spec.ts";
import { failUsage } from "../failure.ts";
import type { Terminal } from "../terminal.ts";
import { commandWords, givenOnce, type OneLinerValues, optionsOf, sharedLines } from "./one-liner-flags.ts";
import { runOneLiner } from "./run-one-liner.ts";
import { readSpecLines, type SpecLine, specLines } from "./spec-lines.ts";

export interface RollNodesValues extends OneLinerValues {
  readonly role?: string | undefined;
  readonly label?: string | undefined;
  readonly selector?: string | undefined;
  /** One, or several with commas between. */
  readonly "kops-instance-group"?: string | undefined;
}

export async function rollNodes(values: RollNodesValues, terminal: Terminal): Promise<number> {
  const spec = await rollNodesSpec(values);
  return runOneLiner({ ...optionsOf(values), spec, again: commandWords("roll nodes", values) }, terminal);
}

/** What `roll nodes` asks for, as a spec. @throws CommandFailure 64, where no node is chosen too */
export async function rollNodesSpec(values: RollNodesValues): Promise<Spec> {
  const { role, label, selector, "kops-instance-group": group } = values;
  const labels = givenOnce({ "--label": label, "--selector": selector });
  const chosen: SpecLine[] = [];
  if (role !== undefined)
    chosen.push({ text: `      role: ${JSON.stringify(role)}`, flag: "--role", value: role });
  if (labels !== undefined)
    chosen.push({ text: `      selector: ${JSON.stringify(labels)}`, flag: "--label", value: labels });
  if (group !== undefined) {
    const text = `      groups: ${JSON.stringify(group.split(","))}`;
    chosen.push({ text, flag: "--kops-instance-group", value: group });
  }
  if (chosen.length === 0) {
    failUsage(
      "which nodes is not said, and all of them would be too many",
      "give --role, --label or --kops-instance-group",
    );
  }
  const words = ["roll nodes", role, group, labels].filter((word) => word !== undefined).join(" ");
  const target = [{ text: "    - kind: Nodes" }, ...chosen];
  return readSpecLines(specLines(words, { target, replace: "terminate", shared: sharedLines(values) }));
}
