import type { Node } from "./node-types.ts";
import type { NodeSelector, PodSpec } from "./pod-types.ts";
import { matchesRequirement } from "./selectors.ts";

/** Terms are alternatives; within a term all must hold; an empty term matches nothing. */
export function matchesNodeSelector(selector: NodeSelector, node: Node): boolean {
  return selector.nodeSelectorTerms.some((term) => {
    const expressions = term.matchExpressions ?? [];
    const fields = term.matchFields ?? [];
    if (expressions.length + fields.length === 0) return false;
    return (
      expressions.every(({ key, operator, values }) =>
        matchesRequirement(node.metadata.labels, key, operator, values ?? []),
      ) &&
      fields.every(({ key, operator, values }) =>
        matchesRequirement({ "metadata.name": node.metadata.name }, key, operator, values ?? []),
      )
    );
  });
}

/** nodeSelector and required node affinity. */
export function isWantedNode(spec: PodSpec, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const wanted = Object.entries(spec.nodeSelector ?? {});
  if (!wanted.every(([key, value]) => labels[key] === value)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || matchesNodeSelector(required, node);
}

/** The only nodes that required node affinity names; undefined where it does not speak of names. Source: NodeAffinity.PreFilter. */
export function namedNodes({ affinity }: PodSpec): readonly string[] | undefined {
  const terms =
    affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const names = new Set<string>();
  for (const { matchFields } of terms) {
    const named = matchFields?.find(({ key, operator }) => key === "metadata.name" && operator === "In");
    if (named?.values === undefined) return undefined;
    for (const name of named.values) names.add(name);
  }
  return terms.length === 0 ? undefined : [...names];
}
