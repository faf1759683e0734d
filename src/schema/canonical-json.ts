/**
 * The one text of a JSON value: keys sorted by UTF-16 units, no white space, numbers and strings as
 * ECMAScript writes them. Fields that are undefined are left out, as JSON.stringify does.
 * Source: RFC 8785. @throws TypeError where a value has no such text (NaN, half a surrogate pair).
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case "string":
      return canonicalText(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError("a number that JSON cannot hold");
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? `[${value.map(canonicalJson).join(",")}]` : canonicalObject(value);
    default:
      throw new TypeError(`a ${typeof value} is no JSON`);
  }
}

/** The same of an object. `written`: the texts of members that are known already, by key. */
export function canonicalObject(
  value: object,
  written: ReadonlyMap<string, string> = NOTHING_WRITTEN,
): string {
  const fields = value as Readonly<Record<string, unknown>>;
  let text = "";
  // By UTF-16 units, as sort does without being told how.
  for (const key of Object.keys(fields).sort()) {
    const member = fields[key];
    if (member === undefined) continue;
    text += `${text === "" ? "" : ","}${canonicalText(key)}:${written.get(key) ?? canonicalJson(member)}`;
  }
  return `{${text}}`;
}

const NOTHING_WRITTEN: ReadonlyMap<string, string> = new Map();

function canonicalText(text: string): string {
  const written = JSON.stringify(text);
  // It writes half a pair as \ud…, and looking for that is quicker than for the half itself.
  if (written.includes("\\ud") && /\p{Surrogate}/u.test(text)) throw new TypeError("half a surrogate pair");
  return written;
}
