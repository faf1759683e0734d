import { matchesRequirement } from "./selectors.ts";
import type { Node, NodeSelector, PodSpec } from "./types.ts";

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
