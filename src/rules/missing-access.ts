import type { Access } from "#model/access.ts";

/**
 * Permissions that are missing, behind "may not": "watch nodes, pods, nor get, create leases.coordination.k8s.io
 * in namespace dextre-system". Kinds with the same verb stand together, and so do verbs of one kind.
 */
export function describeMissingAccess(missing: readonly Access[]): string {
  const verbsOf = new Map<string, string[]>();
  for (const { verb, namespace } of missing) {
    const same = missing.filter((one) => one.verb === verb && one.namespace === namespace);
    const where = namespace === undefined ? "" : ` in namespace ${namespace}`;
    const what = `${[...new Set(same.map(kindOf))].join(", ")}${where}`;
    verbsOf.set(what, [...(verbsOf.get(what) ?? []), verb]);
  }
  return [...verbsOf].map(([what, verbs]) => `${[...new Set(verbs)].join(", ")} ${what}`).join(", nor ");
}

const kindOf = ({ group, resource, subresource }: Access): string =>
  `${resource}${subresource === undefined ? "" : `/${subresource}`}${group === "" ? "" : `.${group}`}`;
