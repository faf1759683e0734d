import type { Diagnostic } from "#model/diagnostic.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { Spec } from "#model/spec.ts";
import { CommandFailure } from "../failure.ts";
import { shellWord } from "../shell-word.ts";

/** A line of a spec, and the flag whose value stands in it. */
export interface SpecLine {
  readonly text: string;
  readonly flag?: string;
  readonly value?: string;
  /** What to do about a wrong value, where the spec's own advice would not fit a flag. */
  readonly help?: string;
}

export type SpecLines = readonly SpecLine[];

/** The lines around a one-liner's target: the same document as a person would write. */
export function specLines(
  name: string,
  {
    target,
    replace,
    shared,
  }: {
    readonly target: SpecLines;
    readonly replace: "terminate" | "none";
    readonly shared: SpecLines;
  },
): SpecLines {
  return [
    { text: "apiVersion: dextre.dev/v1alpha1" },
    { text: "kind: Upgrade" },
    { text: "metadata:" },
    { text: `  name: ${JSON.stringify(planName(name))}` },
    { text: "spec:" },
    { text: "  targets:" },
    ...target,
    { text: `  replace: {mode: ${replace}}` },
    ...shared,
  ];
}

/** "drain ip-10-0-1-4.eu-west-1" → "drain-ip-10-0-1-4-eu-west-1": what a spec may be called. */
const planName = (words: string): string =>
  words
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");

/** Read as any spec is. What is wrong is said of the flag. @throws CommandFailure 64 with every fault */
export async function readSpecLines(lines: SpecLines): Promise<Spec> {
  const { loadSpec } = await import("#schema/load-spec.ts");
  const load = loadSpec(`${lines.map(({ text }) => text).join("\n")}\n`, "the command line");
  if (load.kind === "ok") return load.spec;
  throw new CommandFailure(
    EXIT.usage,
    load.diagnostics.map((diagnostic) => faultOfFlag(diagnostic, lines)),
  );
}

function faultOfFlag({ message, help, place }: Diagnostic, lines: SpecLines): Diagnostic {
  const line = lines[(place?.line ?? 0) - 1];
  if (line?.flag === undefined) throw new Error(`a one-liner's own spec is wrong: ${message}`);
  const advice = line.help ?? help;
  return {
    code: "E-USAGE",
    message: `${line.flag} ${shellWord(line.value ?? "")}: ${message}`,
    ...(advice === undefined ? {} : { help: advice }),
  };
}
