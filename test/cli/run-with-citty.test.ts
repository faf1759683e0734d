import { parseArgs } from "citty";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Command, command } from "#cli/command.ts";
import { COMMANDS } from "#cli/commands.ts";
import { CommandFailure } from "#cli/failure.ts";
import { type Parsed, parseArgv } from "#cli/parse-argv.ts";
import { runWithCitty } from "#cli/run-with-citty.ts";
import { memoryTerminal } from "./memory-terminal.ts";

describe("citty", () => {
  test("runs the command of the words with the strict values, and its exit code comes back", async () => {
    const seen: unknown[] = [];
    const probe = (name: string, exit: number): Command =>
      command({
        name,
        summary: "",
        args: { plan: { type: "positional" }, out: { type: "string", alias: "o" } },
        async run(values, terminal) {
          seen.push(name, values.plan, values.out, terminal);
          return exit;
        },
      });
    const terminal = memoryTerminal();
    const values = { plan: "plan.json", out: "strict" };
    const commands = [probe("one", 1), probe("two", 7)];
    const exit = await runWithCitty(["two", "plan.json", "-o", "x"], commands, { values, terminal });
    expect(exit).toBe(7);
    expect(seen).toEqual(["two", "plan.json", "strict", terminal]);
  });

  test("hands on what a command throws", async () => {
    const failing = command({
      name: "fails",
      summary: "",
      args: {},
      run: () => Promise.reject(new CommandFailure(65, [{ code: "E-USAGE", message: "so" }])),
    });
    const run = runWithCitty(["fails"], [failing], { values: {}, terminal: memoryTerminal() });
    await expect(run).rejects.toThrow(CommandFailure);
  });

  test("never sees a line that means something else to it than to the strict parser", () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.constantFrom(...COMMANDS).chain(lines), ([one, words]) => {
        const strict = strictValues(one, words);
        if (strict === "refused") return;
        accepted++;
        const loose = parseArgs([...words], one.args);
        for (const name of Object.keys(one.args)) expect(loose[name]).toEqual(strict[name]);
      }),
      { seed: 7, numRuns: 4000 },
    );
    expect(accepted).toBeGreaterThan(500);
  });
});

/** A command and words that could stand behind it: right ones mostly, in any order, and some that are not. */
function lines(one: Command): fc.Arbitrary<readonly [Command, readonly string[]]> {
  const value = fc.oneof(
    { arbitrary: fc.constantFrom("plan.json", "-", "a b", "no-yes", "x=y"), weight: 5 },
    { arbitrary: fc.constantFrom("", "-x", "--yes", "--no-yes", "--", "false"), weight: 1 },
  );
  const parts = Object.entries(one.args).map(([name, arg]): fc.Arbitrary<readonly string[]> => {
    if (arg.type === "positional") return value.map((word) => [word]);
    if (arg.type === "boolean") return fc.constantFrom([`--${name}`], ["-y"]);
    const given = arg.type === "enum" ? fc.constantFrom(...(arg.options ?? [])) : value;
    return given.chain((word) =>
      fc.constantFrom([`--${name}=${word}`], [`--${name}`, word], [`-${name.slice(0, 1)}`, word]),
    );
  });
  const noise = fc.constantFrom<readonly string[]>([], [], [], [], ["--"], ["extra"], ["--no-yes"]);
  return fc
    .tuple(...parts.map((part) => fc.option(part, { nil: [], freq: 4 })), noise)
    .chain((given) => fc.shuffledSubarray(given, { minLength: given.length }))
    .map((given) => [one, given.flat()] as const);
}

function strictValues(one: Command, words: readonly string[]) {
  let parsed: Parsed;
  try {
    parsed = parseArgv(one, words);
  } catch (error) {
    if (error instanceof CommandFailure) return "refused";
    throw error;
  }
  return parsed.kind === "values" ? parsed.values : "refused";
}
