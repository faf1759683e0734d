import type { Spec } from "#model/spec.ts";
import { failUsage } from "../failure.ts";
import type { Terminal } from "../terminal.ts";
import { commandWords, givenOnce, type OneLinerValues, optionsOf, sharedLines } from "./one-liner-flags.ts";
import { runOneLiner } from "./run-one-liner.ts";
import { readSpecLines, specLines } from "./spec-lines.ts";

export interface DrainValues extends OneLinerValues {
  /** The node as kubectl takes it, a word. */
  readonly name?: string | undefined;
  readonly node?: string | undefined;
  readonly "terminate-node"?: boolean | undefined;
}

export async function drainNode(values: DrainValues, terminal: Terminal): Promise<number> {
  const spec = await drainSpec(values);
  const acceptances = { "replace.mode: none": "leave out --terminate-node" };
  const again = commandWords("drain", values);
  return runOneLiner({ ...optionsOf(values), spec, again, acceptances }, terminal);
}

/** What `drain` asks for, as a spec. @throws CommandFailure 64 */
export async function drainSpec(values: DrainValues): Promise<Spec> {
  const node = givenOnce({ "--node": values.node, NAME: values.name });
  if (node === undefined) failUsage("--node is missing: NAME", "see: dextre drain --help");
  const lines = specLines(`drain ${node}`, {
    target: [
      { text: "    - kind: Nodes" },
      { text: `      names: [${JSON.stringify(node)}]`, flag: "--node", value: node },
    ],
    replace: values["terminate-node"] === true ? "terminate" : "none",
    shared: sharedLines(values),
  });
  return readSpecLines(lines);
}
