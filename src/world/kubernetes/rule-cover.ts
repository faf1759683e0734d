import { coversPath } from "./rbac-rules.ts";
import type { PolicyRule } from "./rbac-types.ts";

/**
 * What of some rules nobody has who has the others, each with one verb and one resource.
 * Source: component-helpers, auth/rbac/validation Covers.
 */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  return wanted.flatMap(brokenDown).filter((one) => !held.some((rule) => covers(rule, one)));
}

function brokenDown(rule: PolicyRule): readonly PolicyRule[] {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs } = rule;
  const named = resourceNames.length === 0 ? [{}] : resourceNames.map((name) => ({ resourceNames: [name] }));
  const ofResources = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) =>
        named.map((names) => ({ apiGroups: [group], resources: [resource], verbs: [verb], ...names })),
      ),
    ),
  );
  const ofPaths = nonResourceURLs.flatMap((url) =>
    verbs.map((verb) => ({ nonResourceURLs: [url], verbs: [verb] })),
  );
  return [...ofResources, ...ofPaths];
}

function covers(held: PolicyRule, wanted: PolicyRule): boolean {
  const names = held.resourceNames ?? [];
  const urls = held.nonResourceURLs ?? [];
  return (
    hasAll(held.verbs, wanted.verbs) &&
    hasAll(held.apiGroups ?? [], wanted.apiGroups) &&
    (wanted.resources ?? []).every((one) => coversResource(held.resources ?? [], one)) &&
    (names.length === 0 || wanted.resourceNames?.every((one) => names.includes(one)) === true) &&
    (wanted.nonResourceURLs ?? []).every((path) => urls.some((url) => coversPath(url, path)))
  );
}

function hasAll(held: readonly string[], wanted: readonly string[] = []): boolean {
  return held.includes("*") || wanted.every((one) => held.includes(one));
}

function coversResource(held: readonly string[], resource: string): boolean {
  const slash = resource.indexOf("/");
  return (
    held.includes("*") ||
    held.includes(resource) ||
    (slash >= 0 && held.includes(`*/${resource.slice(slash + 1)}`))
  );
}

/** Rules of one resource become one rule with all their verbs. Source: registry/rbac/validation CompactRules. */
export function compacted(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const byResource = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const { verbs, ...about } = rule;
    const key = JSON.stringify(about);
    const before = rule.nonResourceURLs === undefined ? byResource.get(key) : undefined;
    // Rules of paths are never joined.
    const place = rule.nonResourceURLs === undefined ? key : `${key} ${byResource.size}`;
    byResource.set(place, before === undefined ? rule : { ...about, verbs: [...before.verbs, ...verbs] });
  }
  return [...byResource.values()];
}

/** {APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}. Source: rbac/v1 CompactString. */
export function ruleText(rule: PolicyRule): string {
  const parts: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs],
  ];
  const texts = parts.flatMap(([name, list]) =>
    list === undefined || list.length === 0 ? [] : [`${name}:${quotedList(list)}`],
  );
  return `{${texts.join(", ")}}`;
}

/** Go's %q of a list. */
export function quotedList(list: readonly string[]): string {
  return `[${list.map((one) => JSON.stringify(one)).join(" ")}]`;
}
