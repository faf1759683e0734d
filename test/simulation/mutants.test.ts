import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { MUTANTS } from "./mutants.ts";

it("every planted bug can be planted: what it replaces is there exactly once", () => {
  const rotten = MUTANTS.filter(({ file, find }) => readFileSync(file, "utf8").split(find).length !== 2);
  expect(rotten.map(({ name, file }) => `${name}: ${file}`)).toEqual([]);
});

it("there are forty of them at least, each with a name of its own, and each changes something", () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  expect(MUTANTS.length).toBeGreaterThanOrEqual(40);
  expect(MUTANTS.filter(({ find, replace }) => find === replace)).toEqual([]);
});
