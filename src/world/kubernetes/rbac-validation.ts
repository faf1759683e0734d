import { isRecord, type JsonRecord, textAt, valueAt } from "../json.ts";
import { dnsSubdomainProblems, pathSegmentProblems, selectorProblems } from "./names.ts";
import type { Resource } from "./object-types.ts";
import { bad, required, unsupported } from "./problems.ts";
import { rbacGroup } from "./rbac-types.ts";
import type { Problem } from "./status.ts";

function recordsAt(value: unknown, ...path: readonly string[]): readonly JsonRecord[] {
  const list = valueAt(value, ...path);
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

function sizeAt(value: unknown, member: string): number {
  const list = valueAt(value, member);
  return Array.isArray(list) ? list.length : 0;
}

/** Source: pkg/apis/rbac/validation ValidateRole, ValidateClusterRole. */
export function roleProblems(role: Resource, isNamespaced: boolean): readonly Problem[] {
  const rules = recordsAt(role, "rules").flatMap((rule, index) =>
    ruleProblems(`rules[${index}]`, rule, isNamespaced),
  );
  if (isNamespaced || valueAt(role, "aggregationRule") === undefined) return rules;
  const field = "aggregationRule.clusterRoleSelectors";
  const selectors = recordsAt(role, "aggregationRule", "clusterRoleSelectors");
  const detail = "at least one clusterRoleSelector required if aggregationRule is non-nil";
  return [
    ...rules,
    ...(selectors.length === 0 ? [required(field, detail)] : []),
    ...selectors.flatMap((selector, index) => selectorProblems(`${field}[${index}]`, selector)),
  ];
}

function ruleProblems(path: string, rule: JsonRecord, isNamespaced: boolean): readonly Problem[] {
  const verbs =
    sizeAt(rule, "verbs") === 0 ? [required(`${path}.verbs`, "verbs must contain at least one value")] : [];
  const has = (member: string): boolean => sizeAt(rule, member) > 0;
  if (has("nonResourceURLs")) {
    const urls = (detail: string): Problem => bad(`${path}.nonResourceURLs`, rule.nonResourceURLs, detail);
    const isMixed = ["apiGroups", "resources", "resourceNames"].some(has);
    return [
      ...verbs,
      ...(isNamespaced ? [urls("namespaced rules cannot apply to non-resource URLs")] : []),
      ...(isMixed ? [urls("rules cannot apply to both regular resources and non-resource URLs")] : []),
    ];
  }
  const missing = (member: string, what: string): readonly Problem[] =>
    has(member) ? [] : [required(`${path}.${member}`, `resource rules must supply at least one ${what}`)];
  return [...verbs, ...missing("apiGroups", "api group"), ...missing("resources", "resource")];
}

/** Source: ValidateRoleBinding, ValidateClusterRoleBinding. */
export function bindingProblems(binding: Resource, isNamespaced: boolean): readonly Problem[] {
  const read = (member: string): string => textAt(binding, "roleRef", member) ?? "";
  const roles = isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
  const name = read("name");
  return [
    ...among("roleRef.apiGroup", read("apiGroup"), [rbacGroup]),
    ...among("roleRef.kind", read("kind"), roles),
    ...(name === "" ? [required("roleRef.name")] : pathSegmentProblems("roleRef.name", name)),
    ...recordsAt(binding, "subjects").flatMap((subject, index) =>
      subjectProblems(`subjects[${index}]`, subject, isNamespaced),
    ),
  ];
}

function among(field: string, value: string, known: readonly string[]): readonly Problem[] {
  return known.includes(value) ? [] : [unsupported(field, value, known)];
}

function subjectProblems(path: string, subject: JsonRecord, isNamespaced: boolean): readonly Problem[] {
  const read = (member: string): string => textAt(subject, member) ?? "";
  const name = read("name");
  const unnamed = name === "" ? [required(`${path}.name`)] : [];
  switch (read("kind")) {
    case "ServiceAccount":
      return [
        ...unnamed,
        ...(name === "" ? [] : dnsSubdomainProblems(`${path}.name`, name)),
        ...among(`${path}.apiGroup`, read("apiGroup"), [""]),
        ...(isNamespaced || read("namespace") !== "" ? [] : [required(`${path}.namespace`)]),
      ];
    case "User":
    case "Group":
      return [...unnamed, ...among(`${path}.apiGroup`, read("apiGroup"), [rbacGroup])];
    default:
      return [...unnamed, ...among(`${path}.kind`, read("kind"), ["ServiceAccount", "User", "Group"])];
  }
}

/** A binding is to one role for ever. */
export function roleRefProblems(binding: Resource, current: Resource): readonly Problem[] {
  const [next, before] = [binding, current].map((one) => valueAt(one, "roleRef"));
  const isSame = ["apiGroup", "kind", "name"].every((key) => textAt(next, key) === textAt(before, key));
  return isSame ? [] : [bad("roleRef", goRoleRef(next), "cannot change roleRef")];
}

/** As the server writes its internal form. */
function goRoleRef(roleRef: unknown): unknown {
  const read = (member: string): string => textAt(roleRef, member) ?? "";
  return { APIGroup: read("apiGroup"), Kind: read("kind"), Name: read("name") };
}
