import type { Access } from "#model/access.ts";
import type { Spec } from "#model/spec.ts";

const WATCHED: readonly { readonly group: string; readonly resource: string }[] = [
  { group: "", resource: "nodes" },
  { group: "", resource: "pods" },
  { group: "policy", resource: "poddisruptionbudgets" },
  { group: "apps", resource: "deployments" },
  { group: "apps", resource: "replicasets" },
  { group: "apps", resource: "statefulsets" },
  { group: "apps", resource: "daemonsets" },
  { group: "batch", resource: "jobs" },
];

/**
 * What apply will ask of the API server, so that a missing permission is found before the first
 * change. deploy/rbac.yaml grants exactly this, and what a plan reads.
 */
export function requiredAccess(spec: Spec): readonly Access[] {
  const rollsNodes = spec.targets.some((target) => target.kind === "Nodes");
  return [
    ...WATCHED.flatMap((kind) => ["list", "watch"].map((verb) => ({ verb, ...kind }))),
    { verb: "get", group: "", resource: "pods" },
    ...(rollsNodes ? ["get", "patch"].map((verb) => ({ verb, group: "", resource: "nodes" })) : []),
    ...evictionNamespaces(spec).map((namespace) => ({
      verb: "create",
      group: "",
      resource: "pods",
      subresource: "eviction",
      ...namespace,
    })),
    ...["get", "create", "update"].map((verb) => ({
      verb,
      group: "coordination.k8s.io",
      resource: "leases",
      namespace: "dextre-system",
    })),
  ];
}

/** A drain evicts whatever is on its nodes; Pods targets name their namespaces. */
function evictionNamespaces(spec: Spec): readonly { readonly namespace?: string }[] {
  const namespaces = new Set<string>();
  for (const target of spec.targets) {
    if (target.kind === "Nodes") return [{}];
    for (const namespace of target.namespaces) namespaces.add(namespace);
  }
  return [...namespaces].sort().map((namespace) => ({ namespace }));
}
