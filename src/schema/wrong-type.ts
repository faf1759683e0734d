import { isDurationField } from "./duration-fields.ts";
import { SPEC_FIELDS } from "./generated/spec-fields.ts";
import { formatPath, type SpecFault, type SpecPath, valueAt } from "./spec-fault.ts";
import type { SpecSource } from "./spec-source.ts";

const WORDS: Readonly<Record<string, string>> = {
  string: "a text",
  integer: "a whole number",
  boolean: "true or false",
  object: "a block of fields",
  array: "a list",
};

/**
 * A value of another type than wanted, with the way to write it right. `choices` are the only values
 * that are allowed there, if there are such.
 */
export function describeTypeFault(
  source: SpecSource,
  path: SpecPath,
  wanted: readonly string[],
  choices: readonly string[],
): SpecFault {
  const value = valueAt(source.value, path);
  const written = source.textAt(path);
  const fault = { code: "E-SPEC-WRONG-TYPE", path, at: "value" } as const;
  const where = path.length === 0 ? "the spec file" : formatPath(path);
  if (value === null || value === undefined) {
    return {
      ...fault,
      at: path.length === 0 ? "value" : "key",
      message: `${where} is empty`,
      help:
        path.length === 0 ? "begin with apiVersion: dextre.dev/v1alpha1" : "give it a value or take it out",
    };
  }
  if (typeof value === "number" && isDurationField(path)) {
    const isWhole = Number.isSafeInteger(value) && value > 0;
    const help = isWhole ? `write ${value}s` : "write whole seconds, as in 90s";
    return { ...fault, message: `${written} has no unit`, help };
  }
  const wantedWords = wanted.map((type) => WORDS[type] ?? type).join(" or ");
  const message = `${where} is ${describeValue(value, written)}, not ${wantedWords}`;
  // In quotes it would be a text, and still none of those.
  if (choices.length > 0) return { ...fault, message, help: `one of ${choices.join(", ")}` };
  const best = wanted.includes("integer") ? "a whole number" : wantedWords + fieldsIn(path, wanted);
  return { ...fault, message, help: helpFor(value, written, wanted) ?? `write ${best}` };
}

/** ": mode", where a block is wanted whose fields are known. */
function fieldsIn(path: SpecPath, wanted: readonly string[]): string {
  const fields = wanted.includes("object") ? (SPEC_FIELDS[formatPath(path)] ?? []) : [];
  return fields.length === 0 ? "" : `: ${fields.join(", ")}`;
}

function describeValue(value: unknown, written: string): string {
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "object":
      return "a block of fields";
    case "number":
      return `the number ${written}`;
    case "boolean":
      return written;
    default:
      return `the text ${JSON.stringify(value)}`;
  }
}

function helpFor(value: unknown, written: string, wanted: readonly string[]): string | undefined {
  if (wanted.includes("array") && typeof value !== "object") return `write a list: [${written}]`;
  if (wanted.includes("array") && !Array.isArray(value)) return 'write a list: begin each item with "- "';
  if (wanted.includes("integer") && typeof value !== "object" && typeof value !== "string") return undefined;
  if (wanted.includes("string") && typeof value !== "object") return `quote it: "${written}"`;
  if (wanted.includes("string") && Array.isArray(value) && value.length === 1)
    return `write ${String(value[0])}`;
  if (wanted.includes("integer") && typeof value === "string" && /^\d+$/.test(value)) return `write ${value}`;
  if (wanted.includes("boolean") && typeof value === "string") {
    if (/^(yes|on|true)$/i.test(value)) return "write true";
    if (/^(no|off|false)$/i.test(value)) return "write false";
  }
  return undefined;
}
