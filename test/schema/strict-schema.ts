import { readFileSync } from "node:fs";
import Ajv, { type ValidateFunction } from "ajv";

const compiled = new Map<string, ValidateFunction>();

/** A validator of a committed schema that also refuses every field that the schema does not name. */
export function strictValidator(name: "plan" | "journal"): ValidateFunction {
  const validate = compiled.get(name) ?? compileStrict(name);
  compiled.set(name, validate);
  return validate;
}

function compileStrict(name: "plan" | "journal"): ValidateFunction {
  const schemas = ["plan", "journal"].map((file) =>
    close(JSON.parse(readFileSync(new URL(`../../src/schema/${file}.schema.json`, import.meta.url), "utf8"))),
  );
  const ajv = new Ajv({ discriminator: true, allowUnionTypes: true, strictTypes: false, schemas });
  const validate = ajv.getSchema(`https://dextre.dev/schema/${name}/1.json`);
  if (!validate) throw new Error(`no schema ${name}`);
  return validate;
}

function close(schema: Record<string, unknown>): Record<string, unknown> {
  const closed = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, isObject(value) ? close(value) : closeItems(value)]),
  );
  const isShape = isObject(closed.properties) && schema.type !== undefined && !("oneOf" in closed);
  return isShape ? { ...closed, additionalProperties: false } : closed;
}

function closeItems(value: unknown): unknown {
  return Array.isArray(value) ? value.map((item: unknown) => (isObject(item) ? close(item) : item)) : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
