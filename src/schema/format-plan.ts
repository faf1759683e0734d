/** Keys in the order in which people want to read them; any other key comes after, by name. */
const KEY_ORDER: readonly string[] =
  `formatVersion id kind digest code lane tier target object key operator namespace namespaces name uid node nodeUid
  role selector createdAt zone instanceType roles kubeletVersion ready unschedulable instanceId group launchVersion
  server caFingerprint nodeCount cluster spec targets order limits replace observed
  nodes pods workloads budgets groups names exclude controlPlane timeouts aws
  unmanaged localStorage jobs unplaceable stableForSeconds gracePeriodSeconds unreachable
  maxUnavailableNodes podsInParallel maxDiscovered evictionSeconds replacementSeconds nodeSeconds
  minAvailable maxUnavailable disruptionsAllowed currentHealthy desiredHealthy expectedPods arn min max desired
  excluded checks applyable blockers warnings message acceptedBy accepted lanes
  owner needs params timeoutSeconds reason steps content meta checksum`
    .trim()
    .split(/\s+/);
const RANK: ReadonlyMap<string, number> = new Map(KEY_ORDER.map((key, index) => [key, index]));
const LINE_WIDTH = 120;

/**
 * JSON for files that people review and diff: two spaces, keys in a fixed order, what holds only
 * plain values, or lists of them, on one line where it fits, a newline at the end. Equal data, equal bytes.
 */
export function formatPlan(plan: unknown): string {
  return `${format(plan, "")}\n`;
}

function format(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const members = isList
    ? value.map((item: unknown) => ["", item] as const)
    : orderedMembers(value).map(([key, item]) => [`${JSON.stringify(key)}: `, item] as const);
  if (members.length === 0) return isList ? "[]" : "{}";
  if (members.every(([, item]) => isPlain(item) || (!isList && isPlainList(item)))) {
    const line = members.map(([label, item]) => label + format(item, "")).join(", ");
    const inline = isList ? `[${line}]` : `{ ${line} }`;
    if (indent.length + inline.length <= LINE_WIDTH) return inline;
  }
  const inner = `${indent}  `;
  const lines = members.map(([label, item]) => inner + label + format(item, inner)).join(",\n");
  return isList ? `[\n${lines}\n${indent}]` : `{\n${lines}\n${indent}}`;
}

function isPlain(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

function isPlainList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isPlain);
}

function orderedMembers(value: object): readonly (readonly [string, unknown])[] {
  const rank = (key: string): number => RANK.get(key) ?? KEY_ORDER.length;
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}
