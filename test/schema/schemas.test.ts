import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SPEC_DEFAULTS } from "#schema/defaults.ts";
import { encodeJournalEntry } from "#schema/journal-records.ts";
import { sealPlan } from "#schema/seal-plan.ts";
import { aPlanContent, aPlanMeta } from "#test/builders/a-plan.ts";
import { FIXED_TIME } from "#test/builders/fixed.ts";
import { everyKindOfIntent, everyKindOfRecord } from "#test/builders/run-records.ts";
import { strictValidator } from "./strict-schema.ts";

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const SPEC_SCHEMA: Schema = JSON.parse(
  readFileSync(new URL("../../dextre.schema.json", import.meta.url), "utf8"),
);

/** Every field of the spec's schema with its path. */
function fieldsOf(schema: Schema, path = ""): readonly { readonly path: string; readonly schema: Schema }[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const childPath = path === "" ? name : `${path}.${name}`;
    return [{ path: childPath, schema: child }, ...fieldsOf(child, childPath)];
  });
  const definitions = Object.entries(schema.definitions ?? {}).flatMap(([name, child]) => [
    { path: name, schema: child },
    ...fieldsOf(child, name),
  ]);
  return [...own, ...(schema.items ? fieldsOf(schema.items, `${path}[]`) : []), ...definitions];
}

describe("the spec's schema", () => {
  test("describes every field", () => {
    const bare = fieldsOf(SPEC_SCHEMA).filter(({ schema }) => (schema.description ?? "") === "");
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  test("closes every block", () => {
    const open = fieldsOf(SPEC_SCHEMA).filter(
      ({ schema }) => schema.properties !== undefined && schema.additionalProperties !== false,
    );
    expect(open.map(({ path }) => path)).toEqual([]);
    expect(SPEC_SCHEMA.additionalProperties).toBe(false);
  });

  test("says the same defaults as the code", () => {
    const said = fieldsOf(SPEC_SCHEMA)
      .filter(({ schema }) => schema.default !== undefined)
      .map(({ path, schema }) => [path, schema.default]);
    const used = Object.entries(SPEC_DEFAULTS).flatMap(([block, fields]) =>
      Object.entries(fields).map(([field, value]) => [`spec.${block}.${field}`, value]),
    );
    expect(Object.fromEntries(said)).toEqual(Object.fromEntries(used));
  });
});

describe("the schemas of plan and journal", () => {
  test("name every field that a plan has", () => {
    const validate = strictValidator("plan");
    validate(sealPlan(aPlanContent(), aPlanMeta()));
    expect(validate.errors ?? []).toEqual([]);
  });

  test("name every field that a record has", () => {
    const validate = strictValidator("journal");
    const digest = `sha256:${"0".repeat(64)}`;
    for (const record of [...everyKindOfRecord(digest), ...everyKindOfIntent()]) {
      const line = encodeJournalEntry({ sequence: 1, at: FIXED_TIME, token: 0, record }, digest);
      validate(JSON.parse(line.text));
      expect(validate.errors ?? []).toEqual([]);
    }
  });
});
