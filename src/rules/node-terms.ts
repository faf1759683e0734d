import type { Node, NodeSelectorTerm } from "#model/objects.ts";
import { matchesSelector } from "./selector.ts";

/** A nodeSelector: every label with just this value. */
export function hasLabels(node: Node, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => node.labels[key] === value);
}

/** Alternatives; none asked: any node. A term that asks nothing matches nothing. */
export function matchesTerms(terms: readonly NodeSelectorTerm[], node: Node): boolean {
  if (terms.length === 0) return true;
  return terms.some((term) => {
    if (term.nodeNames === null && term.labels.requirements.length === 0) return false;
    const named = term.nodeNames === null || term.nodeNames.includes(node.name);
    return named && matchesSelector(term.labels, node.labels);
  });
}
