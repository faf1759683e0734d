/** Keys in the order in which people want to read them; any other key comes after, by name. */
const KEY_ORDER: readonly string[] =
  `formatVersion digest id code kind lane tier target object key operator namespace namespaces name
  role selector groups names exclude uid node nodeUid instanceId group zone
  server caFingerprint aws accountId nodeCount cluster targets order limits replace
  spec observed excluded checks applyable blockers warnings lanes nodes pods workloads budgets controlPlane timeouts
  owner needs params timeoutSeconds reason steps content meta checksum`
    .trim()
    .split(/\s+/);
const RANK: ReadonlyMap<string, number> = new Map(KEY_ORDER.map((key, index) => [key, index]));
const LINE_WIDTH = 100;

/**
 * JSON for files that people review and diff: two spaces, keys in a fixed order, what holds only
 * plain values on one line where it fits, a newline at the end. Equal data, equal bytes.
 */
export function formatPlan(plan: unknown): string {
  return `${format(plan, "")}\n`;
}

function format(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Array.isArray(value)
    ? value.map((item: unknown) => ["", item] as const)
    : orderedMembers(value).map(([key, item]) => [`${JSON.stringify(key)}: `, item] as const);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (members.length === 0) return open + close;
  if (members.every(([, item]) => typeof item !== "object" || item === null)) {
    const line = members.map(([label, item]) => label + JSON.stringify(item)).join(", ");
    const inline = open === "{" ? `{ ${line} }` : `[${line}]`;
    if (indent.length + inline.length <= LINE_WIDTH) return inline;
  }
  const inner = `${indent}  `;
  const lines = members.map(([label, item]) => inner + label + format(item, inner));
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

function orderedMembers(value: object): readonly (readonly [string, unknown])[] {
  const rank = (key: string): number => RANK.get(key) ?? KEY_ORDER.length;
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}
