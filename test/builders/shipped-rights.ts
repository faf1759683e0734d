import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

/** One verb on one resource that deploy/rbac.yaml grants. */
export interface Right {
  readonly kind: "ClusterRole" | "Role";
  readonly role: string;
  /** "" of a ClusterRole. */
  readonly namespace: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** The one object that it is granted for; "" for all. */
  readonly object: string;
}

export interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Every verb on every resource that deploy/rbac.yaml grants. */
export function shippedRights(): readonly Right[] {
  const documents = parseAllDocuments(readFileSync("deploy/rbac.yaml", "utf8"));
  return documents.map((document) => document.toJS() as Role).flatMap(rightsOf);
}

function rightsOf({ kind, metadata, rules }: Role): readonly Right[] {
  if (kind !== "ClusterRole" && kind !== "Role") return [];
  return splitRules(rules).map(({ apiGroups, resources, resourceNames, verbs }) => {
    const [resource = "", subresource = ""] = (resources[0] ?? "").split("/");
    return {
      kind,
      role: metadata.name,
      namespace: metadata.namespace ?? "",
      verb: verbs[0] ?? "",
      group: apiGroups[0] ?? "",
      resource,
      subresource,
      object: resourceNames?.[0] ?? "",
    };
  });
}

/** The same rights, each as a rule of its own. */
export function splitRules(rules: readonly Rule[]): readonly Rule[] {
  return rules.flatMap(({ apiGroups, resources, verbs, ...names }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => ({ ...names, apiGroups: [group], resources: [resource], verbs: [verb] })),
      ),
    ),
  );
}

/** "create pods/eviction" */
export const nameOfRight = ({ verb, resource, subresource }: Right): string =>
  `${verb} ${resource}${subresource === "" ? "" : `/${subresource}`}`;

/** Does a message name the right? One namespace is read, and called "namespace kube-system". */
export const namesRight = (right: Right): RegExp =>
  new RegExp(`\\b${nameOfRight(right).replace(/s$/, "")}s?\\b`);
