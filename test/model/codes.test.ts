import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CODES } from "#model/codes.ts";
import { EXPLANATIONS } from "#model/explanations/explanations.ts";

const SOURCES = new URL("../../src/", import.meta.url);
const source = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.ts$/.test(path) && !path.startsWith("model/"))
  .map((path) => readFileSync(new URL(path, SOURCES), "utf8"))
  .join("\n");

describe("the table of codes", () => {
  test("has no code that nothing says", () => {
    expect(Object.keys(CODES).filter((code) => !source.includes(`"${code}"`))).toEqual([]);
  });

  test("explains each in whole sentences", () => {
    for (const { about, todo } of Object.values(EXPLANATIONS)) {
      expect(about).toMatch(/^[A-Z-].*[.]$/);
      expect(todo).toMatch(/^[A-Z`].*[.]$/);
    }
  });

  test("names in its explanations only codes and files that exist", () => {
    const text = JSON.stringify(EXPLANATIONS);
    const named = [...text.matchAll(/\b[EBWRDNC]-[A-Z]+(?:-[A-Z]+)*\b/g)].map(([code]) => code);
    expect(named.filter((code) => !Object.hasOwn(CODES, code))).toEqual([]);
    for (const [, path = ""] of text.matchAll(/\b((?:deploy|docs)\/[\w.]+\.\w+)/g)) {
      expect(() => readFileSync(new URL(`../${path}`, SOURCES))).not.toThrow();
    }
  });
});
