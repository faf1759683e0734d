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

function canonicalObject(value: object): string {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${canonicalText(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

function canonicalText(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new TypeError("half a surrogate pair");
  return JSON.stringify(text);
}
