import { isRecord } from "../json.ts";
import type { Problem } from "./status.ts";

/** How the API server writes a bad value: texts quoted, numbers bare, the rest as JSON. */
export function written(value: unknown): string {
  return value === undefined ? "null" : JSON.stringify(value);
}

export function required(field: string, detail = ""): Problem {
  const message = detail === "" ? "Required value" : `Required value: ${detail}`;
  return { reason: "FieldValueRequired", message, field };
}

export function bad(field: string, value: unknown, detail: string): Problem {
  return { reason: "FieldValueInvalid", message: `Invalid value: ${written(value)}: ${detail}`, field };
}

export function forbiddenField(field: string, detail: string): Problem {
  return { reason: "FieldValueForbidden", message: `Forbidden: ${detail}`, field };
}

/** `bytes`: how many there may be. */
export function tooLong(field: string, bytes: number): Problem {
  return { reason: "FieldValueTooLong", message: `Too long: may not be more than ${bytes} bytes`, field };
}

export function duplicate(field: string, value: unknown): Problem {
  return { reason: "FieldValueDuplicate", message: `Duplicate value: ${written(value)}`, field };
}

export function unsupported(field: string, value: unknown, supported: readonly string[]): Problem {
  const list = supported.map((one) => JSON.stringify(one)).join(", ");
  const message = `Unsupported value: ${written(value)}: supported values: ${list}`;
  return { reason: "FieldValueNotSupported", message, field };
}

/** Absent counts as zero. */
export function negative(field: string, value: unknown): readonly Problem[] {
  return typeof value === "number" && value < 0
    ? [bad(field, value, "must be greater than or equal to 0")]
    : [];
}

export const immutable = "field is immutable";

/** A struct as the server writes its internal form into messages: Go's names, absent pointers as null. */
export function internal(value: unknown, ...members: readonly string[]): unknown {
  const read = (member: string): unknown =>
    isRecord(value) ? (value[member.charAt(0).toLowerCase() + member.slice(1)] ?? null) : null;
  return Object.fromEntries(members.map((member) => [member, read(member)]));
}
