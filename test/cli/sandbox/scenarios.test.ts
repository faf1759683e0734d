import { describe, expect, test } from "vitest";
import { sandboxCommand } from "#cli/commands/sandbox.ts";
import { loadScenario } from "#cli/sandbox/scenarios.ts";
import { memoryTerminal } from "../memory-terminal.ts";

const terminal = memoryTerminal();

describe("the scenario of a sandbox", () => {
  const named = [...sandboxCommand.details.matchAll(/^ {2}([\w-]+) {2,}\S/gm)].map(([, name = ""]) => name);

  test("is one of those that the help names, each with what it shows", () => {
    expect(named).toEqual(["small", "mixed", "stuck", "singleton", "zonal-volumes", "big"]);
  });

  test.each(named)("%s comes with dextre", async (name) => {
    expect((await loadScenario(name, terminal)).name).toBe(name);
  });

  test("is a file", async () => {
    expect((await loadScenario("scenarios/small.yaml", terminal)).name).toBe("small");
  });

  test("is refused where there is no such name and no such file", async () => {
    await expect(loadScenario("smal", terminal)).rejects.toThrow(
      /^smal is neither a scenario of dextre \(small, .*\) nor a file$/,
    );
  });

  test("is no folder, and that is what is said of one that looks like a name", async () => {
    await expect(loadScenario("scenarios", terminal)).rejects.toThrow(
      "scenarios cannot be read: it is a folder",
    );
  });

  test("is refused with the place of every fault", async () => {
    await expect(loadScenario("package.json", terminal)).rejects.toThrow(
      /package\.json is no scenario: .*groups: is missing/,
    );
  });

  test("is refused in words where it is empty", async () => {
    await expect(loadScenario("-", memoryTerminal({ stdin: "" }))).rejects.toThrow(
      "- is no scenario: it must be an object",
    );
  });
});
