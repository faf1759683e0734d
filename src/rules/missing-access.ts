/** One permission, as a SelfSubjectAccessReview asks for it. */
interface Permission {
  readonly verb: string;
  /** "" for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Absent: in every namespace, or cluster-scoped. */
  readonly namespace?: string;
}

/**
 * Permissions that are missing, behind "may not": "watch nodes, pods, nor get, create leases.coordination.k8s.io
 * in namespace dextre-system". Kinds with the same verb stand together, and so do verbs of one kind.
 */
export function describeMissingAccess(missing: readonly Permission[]): string {
  const verbsOf = new Map<string, string[]>();
  for (const { verb, namespace } of missing) {
    const same = missing.filter((one) => one.verb === verb && one.namespace === namespace);
    const where = namespace === undefined ? "" : ` in namespace ${namespace}`;
    const what = `${[...new Set(same.map(kindOf))].join(", ")}${where}`;
    verbsOf.set(what, [...(verbsOf.get(what) ?? []), verb]);
  }
  return [...verbsOf].map(([what, verbs]) => `${[...new Set(verbs)].join(", ")} ${what}`).join(", nor ");
}

const kindOf = ({ group, resource, subresource }: Permission): string =>
  `${resource}${subresource === undefined ? "" : `/${subresource}`}${group === "" ? "" : `.${group}`}`;
