import { describe, expect, test } from "vitest";
import { runCommandLine } from "#cli/command-line.ts";
import { CODES } from "#model/codes.ts";
import { memoryTerminal } from "./memory-terminal.ts";

async function explain(...words: readonly string[]) {
  const terminal = memoryTerminal();
  const exit = await runCommandLine(["explain", ...words], terminal);
  return { exit, ...terminal.said };
}

describe("explain", () => {
  test("says what a code means, why it matters and what to do", async () => {
    const { exit, stdout } = await explain("B-UNMANAGED-POD");
    expect(exit).toBe(0);
    expect(stdout).toBe(
      "B-UNMANAGED-POD  blocker of a plan\n\n" +
        "No controller would bring this pod back.\n\n" +
        "The pod has no controller: once it is evicted, nothing makes a new one, and what it did is over.\n\n" +
        "What to do  Move it under a controller or delete it yourself; or accept the loss with pods.unmanaged: evict (--evict-unmanaged).\n",
    );
  });

  test.each(Object.keys(CODES))("knows %s", async (code) => {
    expect((await explain(code.toLowerCase())).exit).toBe(0);
  });

  test("lists every code where none is given", async () => {
    const { stdout } = await explain();
    expect(stdout.trimEnd().split("\n")).toHaveLength(Object.keys(CODES).length);
  });

  test.each([
    ["B-UNMANAGED-PODS", "did you mean B-UNMANAGED-POD?"],
    ["timeout", "codes with it: E-EVICTION-TIMEOUT, E-REPLACEMENT-TIMEOUT, E-NODE-TIMEOUT"],
    ["xyz", "all codes: dextre explain"],
  ])("refuses %s and says what may be meant", async (word, help) => {
    const { exit, stdout, stderr } = await explain(word);
    expect([exit, stdout]).toEqual([64, ""]);
    expect(stderr).toContain(help);
  });
});
