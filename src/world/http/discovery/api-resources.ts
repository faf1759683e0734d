import type { Plural } from "#world/kubernetes/kind-types.ts";
import { type KindInfo, kindList } from "#world/kubernetes/kinds.ts";

export interface Subresource {
  readonly name: string;
  readonly kind: string;
  /** Of the kind, where it is not that of the resource. */
  readonly groupVersion?: { readonly group: string; readonly version: string };
  readonly verbs: readonly string[];
}

/** A resource as discovery tells of it. */
export interface ApiResource {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
}

/** All that is served under one group and version; "" is the core group. */
export interface ApiGroupVersion {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly ApiResource[];
}

const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const statusVerbs = ["get", "patch", "update"];

const shortNames: { readonly [P in Plural]?: readonly string[] } = {
  configmaps: ["cm"],
  daemonsets: ["ds"],
  deployments: ["deploy"],
  events: ["ev"],
  horizontalpodautoscalers: ["hpa"],
  namespaces: ["ns"],
  nodes: ["no"],
  persistentvolumeclaims: ["pvc"],
  persistentvolumes: ["pv"],
  poddisruptionbudgets: ["pdb"],
  pods: ["po"],
  priorityclasses: ["pc"],
  replicasets: ["rs"],
  serviceaccounts: ["sa"],
  services: ["svc"],
  statefulsets: ["sts"],
};

const inCategoryAll: ReadonlySet<Plural> = new Set<Plural>([
  "daemonsets",
  "deployments",
  "horizontalpodautoscalers",
  "jobs",
  "pods",
  "replicasets",
  "services",
  "statefulsets",
]);

const scale: Subresource = {
  name: "scale",
  kind: "Scale",
  groupVersion: { group: "autoscaling", version: "v1" },
  verbs: statusVerbs,
};

const subresources: { readonly [P in Plural]?: readonly Subresource[] } = {
  pods: [
    { name: "binding", kind: "Binding", verbs: ["create"] },
    {
      name: "eviction",
      kind: "Eviction",
      groupVersion: { group: "policy", version: "v1" },
      verbs: ["create"],
    },
  ],
  serviceaccounts: [
    {
      name: "token",
      kind: "TokenRequest",
      groupVersion: { group: "authentication.k8s.io", version: "v1" },
      verbs: ["create"],
    },
  ],
  deployments: [scale],
  replicasets: [scale],
  statefulsets: [scale],
};

/** What is asked by creating it, and never kept. */
function review(kind: string): ApiResource {
  const singular = kind.toLowerCase();
  return {
    plural: `${singular}s`,
    singular,
    kind,
    isNamespaced: false,
    verbs: ["create"],
    shortNames: [],
    categories: [],
    subresources: [],
  };
}

const reviews: readonly ApiGroupVersion[] = [
  { group: "authentication.k8s.io", version: "v1", resources: [review("SelfSubjectReview")] },
  {
    group: "authorization.k8s.io",
    version: "v1",
    resources: [review("SelfSubjectAccessReview"), review("SelfSubjectRulesReview")],
  },
];

function describe(info: KindInfo): ApiResource {
  const status: Subresource = { name: "status", kind: info.kind, verbs: statusVerbs };
  return {
    plural: info.plural,
    singular: info.kind.toLowerCase(),
    kind: info.kind,
    isNamespaced: info.isNamespaced,
    // A collection of namespaces is not deleted in one request. Source: kube-apiserver.
    verbs: info.plural === "namespaces" ? verbs.filter((verb) => verb !== "deletecollection") : verbs,
    shortNames: shortNames[info.plural] ?? [],
    categories: inCategoryAll.has(info.plural) ? ["all"] : [],
    subresources: [...(subresources[info.plural] ?? []), ...(info.hasStatus ? [status] : [])],
  };
}

/** Everything that is served, the core group first. */
export const apiGroupVersions: readonly ApiGroupVersion[] = [
  ...kindList
    .reduce((groups, info) => {
      const name = `${info.group}/${info.version}`;
      const known = groups.get(name) ?? { group: info.group, version: info.version, resources: [] };
      return groups.set(name, { ...known, resources: [...known.resources, describe(info)] });
    }, new Map<string, ApiGroupVersion>())
    .values(),
  ...reviews,
];
