import { expect, test } from "vitest";
import { readRigWords } from "./rig-words.ts";

test("a command is read with its flags; left out, they are the usual ones", () => {
  expect(readRigWords(["up"])).toEqual({ kind: "ok", command: "up", name: "default", scenario: "small" });
  expect(readRigWords(["down", "--name", "mine"])).toMatchObject({ command: "down", name: "mine" });
});

test.each([
  [["up", "--bogus"], "Unknown option '--bogus'"],
  [["up", "--name"], "Option '--name <value>' argument missing"],
  [["up", "--name", "-x"], "Option '--name' argument is ambiguous"],
  [["upp"], 'there is no command "upp"'],
  [["up", "down"], 'there is no command "up down"'],
  [[], ""],
])("%j is refused in one sentence", (words, message) => {
  expect(readRigWords(words)).toEqual({ kind: "faulty", message });
});
