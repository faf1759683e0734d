/** A request of AWS's query protocols, its numbered and dotted names made into lists and structures. */
export type QueryValue = string | readonly QueryValue[] | { readonly [name: string]: QueryValue };

interface Branch {
  readonly [name: string]: string | Branch;
}

/**
 * "Names.member.1=a&Filters.member.1.Name=b" and EC2's flattened "InstanceId.1=a".
 * Source: AWS query and EC2 query protocols (Smithy).
 */
export function readQuery(form: string): Readonly<Record<string, QueryValue>> {
  const root: Record<string, string | Branch> = {};
  for (const [name, value] of new URLSearchParams(form)) plant(root, name.split("."), value);
  return Object.fromEntries(Object.entries(root).map(([name, node]) => [name, grow(node)]));
}

function plant(
  branch: Record<string, string | Branch>,
  [first = "", ...rest]: readonly string[],
  value: string,
): void {
  if (first === "__proto__") return;
  if (rest.length === 0) {
    branch[first] = value;
    return;
  }
  const next = branch[first];
  const child: Record<string, string | Branch> = typeof next === "object" ? next : {};
  branch[first] = child;
  plant(child, rest, value);
}

function grow(node: string | Branch): QueryValue {
  if (typeof node === "string") return node;
  const entries = Object.entries(node);
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === "member") return grow(only[1]);
  if (entries.length > 0 && entries.every(([name]) => /^\d+$/.test(name))) {
    return entries.toSorted(([left], [right]) => Number(left) - Number(right)).map(([, item]) => grow(item));
  }
  return Object.fromEntries(entries.map(([name, child]) => [name, grow(child)]));
}
