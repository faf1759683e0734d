import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatSelector, matchesSelector, parseSelector } from "#rules/selector.ts";

function selectorOf(text: string) {
  const parsed = parseSelector(text);
  if (parsed.kind === "faulty") throw new Error(`${text}: ${parsed.message}`);
  return parsed.selector;
}

describe("a selector", () => {
  test.each([
    ["a=1", { a: "1" }, true],
    ["a==1", { a: "2" }, false],
    ["a=1", {}, false],
    ["a!=1", { a: "2" }, true],
    ["a!=1", {}, true],
    ["a", { a: "" }, true],
    ["a", {}, false],
    ["!a", {}, true],
    ["!a", { a: "1" }, false],
    ["a in (1, 2)", { a: "2" }, true],
    ["a in (1,2)", { a: "3" }, false],
    ["a notin (1,2)", { a: "3" }, true],
    ["a notin (1,2)", {}, true],
    ["a notin (1,2)", { a: "1" }, false],
    ["a=", { a: "" }, true],
    ["a=", {}, false],
    ["a>3", { a: "4" }, true],
    ["a>3", { a: "3" }, false],
    ["a>3", { a: "x4" }, false],
    ["a<3", { a: "2" }, true],
    ["a<3", {}, false],
    [" a = 1 , b in ( x , y ) ", { a: "1", b: "y" }, true],
    ["a=1,b=2", { a: "1" }, false],
    ["", { a: "1" }, true],
    ["toString", {}, false],
    ["node-role.kubernetes.io/node", { "node-role.kubernetes.io/node": "" }, true],
  ])("%j on %j is %s, as kubectl has it", (text, labels, matches) => {
    expect(matchesSelector(selectorOf(text), labels)).toBe(matches);
  });

  test.each([
    ["a=b=c", 3, "a comma is needed between requirements"],
    ["a=b,,c", 4, "a label key is missing"],
    ["a=b,", 3, "a label key is missing"],
    ["a foo b", 2, '"foo" is not an operator'],
    ["a in b", 5, "a list in parentheses is needed here"],
    ["a in (b", 6, "a comma or a closing parenthesis is needed here"],
    ["a in ()", 6, "the list is empty"],
    ["a>b", 2, '"b" is not a whole number'],
    ["-a=b", 0, '"-a" is not a label key'],
    ["a=-b", 2, '"-b" is not a label value'],
    [`a=${"b".repeat(64)}`, 2, "is not a label value"],
    ["A.example/UPPER/x", 0, "is not a label key"],
  ])("%j is refused at %i: %s", (text, offset, message) => {
    const parsed = parseSelector(text);
    if (parsed.kind === "ok") throw new Error("read");
    expect(parsed.message).toContain(message);
    expect(parsed.offset).toBe(offset);
    expect(parsed.length).toBeGreaterThan(0);
  });

  test("is in normal form, so that equal ones are equal bytes", () => {
    expect(selectorOf("b in (y,x,y), a=1")).toEqual(selectorOf("a in (1),b in (x,y)"));
    expect(formatSelector(selectorOf("b in (y,x,y), a==1,!c,d,e notin (z)"))).toBe(
      "a=1,b in (x,y),!c,d,e!=z",
    );
  });

  test("reads back from its text as the same selector", () => {
    const key = fc.constantFrom("a", "b.c", "example.com/d");
    const value = fc.constantFrom("", "x", "1", "y-z");
    const requirement = fc.oneof(
      fc.tuple(key, fc.constantFrom("=", "!="), value).map((parts) => parts.join("")),
      fc
        .tuple(key, fc.constantFrom("in", "notin"), fc.uniqueArray(value, { minLength: 1 }))
        .map(([name, operator, values]) => `${name} ${operator} (x,${values.join(",")})`),
      key,
      key.map((name) => `!${name}`),
      fc.tuple(key, fc.constantFrom(">", "<"), fc.integer()).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 5 }), (requirements) => {
        const selector = selectorOf(requirements.join(","));
        expect(selectorOf(formatSelector(selector))).toEqual(selector);
      }),
    );
  });

  test("is never a crash, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseSelector(text);
        if (parsed.kind === "faulty") expect(parsed.offset).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});
