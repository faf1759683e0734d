import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "#schema/canonical-json.ts";
import { sha256 } from "#schema/digest.ts";
import { decodePlan, encodeSealedPlan } from "#schema/plan-file.ts";
import { encodePlan, sealPlan } from "#schema/seal-plan.ts";
import { aPlanContent, aPlanMeta } from "#test/builders/a-plan.ts";

const TEXT = encodePlan(aPlanContent(), aPlanMeta());
const PLAN = sealPlan(aPlanContent(), aPlanMeta());

function refusal(text: string): string {
  const decoded = decodePlan(text, "plan.json");
  if (decoded.kind === "ok") throw new Error("the plan was read");
  return decoded.diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n");
}

interface Writable {
  readonly lanes: Record<string, unknown>[];
  readonly steps: Record<string, unknown>[];
}

/** The same data with other content, sealed anew as an evil or a newer dextre would. */
function sealedWith(change: (plan: Record<string, unknown>) => void): string {
  const raw = JSON.parse(TEXT);
  change(raw);
  raw.digest = sha256(canonicalJson(raw.content));
  const { checksum, ...rest } = raw;
  raw.checksum = sha256(canonicalJson(rest));
  return JSON.stringify(raw);
}

describe("a plan file", () => {
  test("reads back as it was written", () => {
    expect(decodePlan(TEXT, "plan.json")).toEqual({ kind: "ok", plan: PLAN });
  });

  test("has the same bytes whatever order its keys were made in", () => {
    const reversed = JSON.parse(TEXT, (_, value) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    );
    expect(encodePlan(reversed.content, reversed.meta)).toBe(TEXT);
  });

  test("has a step a block, in a fixed order of keys, and a line end at the end", () => {
    expect(TEXT.startsWith('{\n  "formatVersion": "1.0",\n  "kind": "Plan",\n  "digest": "sha256:')).toBe(
      true,
    );
    expect(TEXT.endsWith("}\n")).toBe(true);
    expect(TEXT.split("\n").filter((line) => line === "      {").length).toBeGreaterThanOrEqual(8);
  });

  test.each([
    ["a byte order mark", `\uFEFF${TEXT}`],
    ["line ends of Windows", TEXT.replaceAll("\n", "\r\n")],
    ["no white space at all", JSON.stringify(JSON.parse(TEXT))],
    ["tabs", JSON.stringify(JSON.parse(TEXT), null, "\t")],
    ["white space around it", `\n\n ${TEXT}\n\n`],
    ["zeros written as -0", TEXT.replaceAll(/: 0\b/g, ": -0")],
  ])("with %s is the same plan", (_, text) => {
    expect(decodePlan(text, "plan.json")).toEqual({ kind: "ok", plan: PLAN });
  });

  test("that is cut short anywhere is not read", () => {
    const text = encodePlan(aPlanContent({ steps: aPlanContent().steps.slice(0, 3) }), aPlanMeta()).trimEnd();
    const sentences = Array.from({ length: text.length - 1 }, (_, index) =>
      refusal(text.slice(0, index + 1)),
    );
    expect([...new Set(sentences)]).toEqual(["E-PLAN-NOT-A-PLAN plan.json is cut short"]);
  });

  test("with any one byte changed is not read, unless only its layout changed", () => {
    const anyChange = fc.record({ at: fc.nat(TEXT.length - 1), to: fc.integer({ min: 9, max: 126 }) });
    fc.assert(
      fc.property(anyChange, ({ at, to }) => {
        const text = TEXT.slice(0, at) + String.fromCharCode(to) + TEXT.slice(at + 1);
        const decoded = decodePlan(text, "plan.json");
        if (decoded.kind === "ok") expect(decoded.plan).toEqual(PLAN);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["an edited step", TEXT.replace('"tier": 1', '"tier": 2'), "E-PLAN-EDITED", "digest does not match"],
    ["an edited time", TEXT.replace("2026-03-04", "2027-03-04"), "E-PLAN-EDITED", "checksum does not match"],
    ["a new field", TEXT.replace('"kind": "Plan"', '"kind": "Plan", "x": 1'), "E-PLAN-EDITED", "checksum"],
    [
      "a key twice",
      TEXT.replace('"kind": "Plan"', '"kind": "Plan", "kind": "Plan"'),
      "E-PLAN-EDITED",
      "twice",
    ],
    ["a conflict", `<<<<<<< HEAD\n${TEXT}=======\n${TEXT}>>>>>>> x\n`, "E-PLAN-NOT-A-PLAN", "merge conflict"],
    ["nothing", " \n", "E-PLAN-NOT-A-PLAN", "is empty"],
    ["a comma too many", TEXT.replace('"tier": 1,', '"tier": 1,,'), "E-PLAN-NOT-A-PLAN", "not valid JSON"],
    ["something behind it", `${TEXT}{}`, "E-PLAN-NOT-A-PLAN", "not valid JSON"],
    ["other JSON", '{"kind": "List"}', "E-PLAN-NOT-A-PLAN", "not a plan"],
    ["a list", "[]", "E-PLAN-NOT-A-PLAN", "not a plan"],
    ["a spec", "# roll\napiVersion: dextre.dev/v1alpha1\n", "E-PLAN-NOT-A-PLAN", "is a spec"],
    ["recoded text", [...TEXT].join("\u0000"), "E-PLAN-NOT-A-PLAN", "not UTF-8"],
    ["no seals", '{"kind": "Plan", "formatVersion": "1.0"}', "E-PLAN-NOT-A-PLAN", '"digest" is missing'],
    ["deep nesting", `${"[".repeat(5000)}${"]".repeat(5000)}`, "E-PLAN-NOT-A-PLAN", "deeper"],
    ["half a surrogate", TEXT.replace('"test"', '"\\ud800"'), "E-PLAN-EDITED", "digest"],
    ["a number too large", TEXT.replace('"nodeCount": 3', '"nodeCount": 1e999'), "E-PLAN-EDITED", "digest"],
  ])("with %s is refused in its own words", (_, text, code, words) => {
    expect(refusal(text)).toContain(code);
    expect(refusal(text)).toContain(words);
  });

  test("of another major format is refused, of a newer minor one read", () => {
    expect(refusal(sealedWith((plan) => (plan.formatVersion = "2.0")))).toContain("E-PLAN-FORMAT");
    const newer = sealedWith((plan) => {
      plan.formatVersion = "1.7";
      plan.later = { field: true };
    });
    expect(decodePlan(newer, "plan.json").kind).toBe("ok");
  });

  test("of a newer minor format keeps its seals through the run folder", () => {
    const newer = sealedWith((plan) => Object.assign(plan, { formatVersion: "1.7", later: { field: true } }));
    const decoded = decodePlan(newer, "plan.json");
    if (decoded.kind !== "ok") throw new Error("not read");
    expect(decodePlan(encodeSealedPlan(decoded.plan), "plan.json")).toEqual(decoded);
  });

  test("that is sealed but of the wrong shape names the field", () => {
    const text = sealedWith((plan) => {
      Object.assign(plan.content as object, { applyable: "yes" });
    });
    expect(refusal(text)).toContain("content.applyable is not as it should be");
  });

  test("whose steps name a lane or step that is not there is refused", () => {
    const [first] = aPlanContent().steps;
    if (!first) throw new Error("no step");
    const withStep = (step: object) =>
      encodePlan(aPlanContent({ steps: [{ ...first, ...step }] }), aPlanMeta());
    expect(refusal(withStep({ lane: "node/other" }))).toContain("in lane node/other, which is not there");
    expect(refusal(withStep({ needs: ["x"] }))).toContain("needs step x, which is not there");
    expect(refusal(encodePlan(aPlanContent({ steps: [first, first] }), aPlanMeta()))).toContain("same id");
  });

  test("with a step that needs one of another lane is refused, though a newer dextre sealed it", () => {
    const text = sealedWith((plan) => {
      const { lanes, steps } = plan.content as Writable;
      lanes.push({ ...lanes[0], id: "node/other" });
      steps.push({ ...steps[0], id: "node/other/late", lane: "node/other", needs: [steps[0]?.id] });
    });
    expect(refusal(text)).toMatch(/step node\/other\/late needs step .+, which is in another lane/);
  });
});
