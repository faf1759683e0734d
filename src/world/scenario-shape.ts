import { isRecord, type JsonRecord } from "./json.ts";
import { parseQuantity } from "./kubernetes/quantity.ts";
import { parseDuration } from "./time.ts";

/** What a field of a scenario may hold; gives what is wrong with a value, or nothing. */
export type FieldCheck = (value: unknown, path: string) => readonly string[];

/** The fields of a record; a name that ends in "!" is required. */
export type Shape = Readonly<Record<string, FieldCheck>>;

function check(test: (value: unknown) => boolean, wanted: string): FieldCheck {
  return (value, path) => (test(value) ? [] : [`${path}: must be ${wanted}, not ${JSON.stringify(value)}`]);
}

export const text = check((value) => typeof value === "string" && value !== "", "a text");
export const flag = check((value) => typeof value === "boolean", "true or false");
export const count = check(
  (value) => typeof value === "number" && Number.isInteger(value) && value >= 0,
  "a whole number from 0",
);
export const duration = check(
  (value) => typeof value === "string" && parseDuration(value) !== undefined,
  'a duration such as "3s" or "500ms"',
);
export const amountOrPercent = check(
  (value) =>
    (typeof value === "number" && Number.isInteger(value) && value >= 0) ||
    (typeof value === "string" && /^\d+%$/.test(value)),
  'a whole number or a percentage such as "50%"',
);
export const anything: FieldCheck = () => [];

export function oneOf(...values: readonly string[]): FieldCheck {
  return check((value) => typeof value === "string" && values.includes(value), `one of ${values.join(", ")}`);
}

export const texts: FieldCheck = (value, path) => {
  if (!isRecord(value)) return [`${path}: must map names to texts`];
  return Object.entries(value).flatMap(([key, member]) =>
    typeof member === "string"
      ? []
      : [`${path}.${key}: must be a text, not ${JSON.stringify(member)}; quote it`],
  );
};

/** Amounts of resources, such as { cpu: "4", memory: 16Gi }. */
export const quantities: FieldCheck = (value, path) => {
  const faults = texts(value, path);
  if (faults.length > 0 || !isRecord(value)) return faults;
  const quantity = check(
    (member) => parseQuantity(String(member)) >= 0,
    'a quantity such as "500m" or "16Gi"',
  );
  return Object.entries(value).flatMap(([key, member]) => quantity(member, `${path}.${key}`));
};

export const counts: FieldCheck = (value, path) =>
  isRecord(value)
    ? Object.entries(value).flatMap(([key, member]) => count(member, `${path}.${key}`))
    : [`${path}: must map names to whole numbers`];

export function listOf(item: FieldCheck): FieldCheck {
  return (value, path) =>
    Array.isArray(value)
      ? value.flatMap((member, index) => item(member, `${path}[${index}]`))
      : [`${path}: must be a list`];
}

export function record(shape: Shape): FieldCheck {
  return (value, path) =>
    isRecord(value) ? checkRecord(shape, value, path) : [`${path}: must be an object`];
}

function checkRecord(shape: Shape, value: JsonRecord, path: string): readonly string[] {
  const at = (key: string): string => (path === "" ? key : `${path}.${key}`);
  const missing = Object.keys(shape)
    .filter((key) => key.endsWith("!") && value[key.slice(0, -1)] === undefined)
    .map((key) => `${at(key.slice(0, -1))}: is missing`);
  const present = Object.entries(value).flatMap(([key, member]) => {
    const field = shape[key] ?? shape[`${key}!`];
    if (field === undefined) {
      const known = Object.keys(shape).map((name) => name.replace("!", ""));
      return [`${at(key)}: is not a field of a scenario here; there are ${known.join(", ")}`];
    }
    return member === undefined ? [] : field(member, at(key));
  });
  return [...missing, ...present];
}
