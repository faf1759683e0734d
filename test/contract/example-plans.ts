import type { Spec } from "#model/spec.ts";

/** The same spec, on this node where it names one: the example's is nobody's. */
export function onNodeOf(spec: Spec, node: string): Spec {
  const targets = spec.targets.map((target) =>
    target.kind === "Nodes" && target.names.length > 0 ? { ...target, names: [node] } : target,
  );
  return { ...spec, targets };
}
