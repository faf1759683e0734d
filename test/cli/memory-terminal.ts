import type { BrokenOutput, Output, Terminal } from "#cli/terminal.ts";

export interface MemoryTerminal extends Terminal {
  readonly said: { stdout: string; stderr: string };
  /** How often stdout was written to. */
  readonly writes: { stdout: number };
  /** Lets stdout take nothing more, for this reason. */
  breakStdout(code: string): void;
}

/** A terminal, or a pipe, that keeps what is written to it. */
export function memoryTerminal(
  fields: {
    readonly isTerminal?: boolean;
    readonly stdin?: string;
    readonly environment?: Terminal["environment"];
    /** What the person says when asked; null or absent: nobody is there. */
    readonly answer?: string | null;
  } = {},
): MemoryTerminal {
  const said = { stdout: "", stderr: "" };
  const writes = { stdout: 0 };
  const listeners: ((output: BrokenOutput) => void)[] = [];
  let isBroken = false;
  const output = (name: "stdout" | "stderr"): Output => ({
    write(text) {
      if (isBroken && name === "stdout") return;
      said[name] += text;
      if (name === "stdout") writes.stdout++;
    },
    isTerminal: fields.isTerminal ?? false,
    isLive: false,
    colour: "none",
    size: () => ({ columns: 80, rows: 24 }),
  });
  return {
    said,
    writes,
    onBroken: (listener) => void listeners.push(listener),
    breakStdout(code) {
      isBroken = true;
      for (const listener of listeners) listener({ name: "stdout", code });
    },
    stdout: output("stdout"),
    stderr: output("stderr"),
    environment: fields.environment ?? {},
    readStdin: async () => fields.stdin ?? "",
    ask:
      fields.answer === undefined || fields.answer === null
        ? null
        : async (question) => {
            said.stderr += question;
            return fields.answer ?? "";
          },
  };
}
