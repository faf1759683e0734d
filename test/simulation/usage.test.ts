import { parseArgs } from "node:util";
import { describe, expect, it } from "vitest";
import { exitOf } from "./usage.ts";
import { wholeNumber } from "./whole-number.ts";

async function told(main: () => Promise<number>): Promise<{ readonly exit: number; readonly text: string }> {
  let text = "";
  const exit = await exitOf(main, "the help", (sentence) => {
    text += sentence;
  });
  return { exit, text };
}

describe("a command line of the storm", () => {
  it("that holds an option nobody knows is answered with a sentence and the help, exit 2", async () => {
    const main = async (): Promise<number> => {
      parseArgs({ args: ["--sed", "5"], options: { seed: { type: "string" } } });
      return 0;
    };
    expect(await told(main)).toEqual({
      exit: 2,
      text: expect.stringMatching(/^Unknown option '--sed'.*\nthe help$/s),
    });
  });

  it("that asks for a storm of nothing, too", async () => {
    const main = async (): Promise<number> => wholeNumber("seeds", "0");
    expect(await told(main)).toEqual({
      exit: 2,
      text: "--seeds 0: write a whole number, at least 1\nthe help",
    });
  });

  it("that is understood gives what the program gives, and its faults as they are", async () => {
    expect(await told(async () => 1)).toEqual({ exit: 1, text: "" });
    await expect(
      told(async () => {
        throw new Error("a fault");
      }),
    ).rejects.toThrow("a fault");
  });
});
