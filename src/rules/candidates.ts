import type { Keyed } from "#model/label-index.ts";
import type { Node, Pod } from "#model/objects.ts";
import type { Selector } from "#model/selector.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { matchesSelector } from "./selector.ts";

/** Pods of a namespace that the selector selects, without a look at each pod where it names a label. */
export function* podsSelected(selector: Selector, namespace: string, snapshot: Snapshot): Iterable<Pod> {
  const within =
    fewest(selector, (label) => snapshot.podsByLabel(namespace, label)) ??
    snapshot.podsInNamespace(namespace);
  for (const pod of within) if (matchesSelector(selector, pod.labels)) yield pod;
}

/** Every node that the pod's nodeSelector and required affinity match, and others. */
export function nodesAskedFor(pod: Pod, snapshot: Snapshot): Iterable<Node> {
  const selector = { requirements: [...labelsWanted(pod), ...requirementsOfOnlyTerm(pod)] };
  return fewest(selector, (label) => snapshot.nodesByLabel(label)) ?? snapshot.nodes();
}

const labelsWanted = ({ nodeSelector }: Pod): Selector["requirements"] =>
  Object.entries(nodeSelector).map(([key, value]) => ({ key, operator: "In", values: [value] }));

/** Of several terms one is enough, so none of them is a condition. */
function requirementsOfOnlyTerm({ nodeAffinity }: Pod): Selector["requirements"] {
  const [term, ...others] = nodeAffinity;
  return term && others.length === 0 ? term.labels.requirements : [];
}

/** What the index holds for that label of the selector that leaves the fewest; undefined where no label decides. */
function fewest<T>(
  { requirements }: Selector,
  byValue: (label: string) => ReadonlyMap<string, Keyed<T>>,
): Iterable<T> | undefined {
  let best: { readonly size: number; readonly parts: readonly Keyed<T>[] } | undefined;
  for (const requirement of requirements) {
    if (requirement.operator !== "In") continue;
    const held = byValue(requirement.key);
    const parts = [...new Set(requirement.values)].flatMap((value) => held.get(value) ?? []);
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    if (!best || size < best.size) best = { size, parts };
  }
  const [only, ...more] = best?.parts ?? [];
  if (more.length > 0) return best?.parts.flatMap((part) => [...part.values()]);
  return best && (only?.values() ?? []);
}
