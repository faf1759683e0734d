import type { Claim, NodeSelectorTerm } from "#model/objects.ts";
import { field, neededText, text } from "./foreign.ts";
import { projectNodeSelectorTerms } from "./project-selector.ts";

export interface ClaimBinding {
  readonly namespace: string;
  readonly name: string;
  /** "" while it is bound to none. */
  readonly volumeName: string;
}

/** @throws ForeignShapeError */
export function projectClaimBinding(raw: unknown): ClaimBinding {
  return {
    namespace: neededText(field(raw, "metadata", "namespace"), "namespace"),
    name: neededText(field(raw, "metadata", "name"), "name"),
    volumeName: text(field(raw, "spec", "volumeName")),
  };
}

export interface Volume {
  readonly name: string;
  readonly nodeAffinity: readonly NodeSelectorTerm[];
}

/** @throws ForeignShapeError */
export function projectVolume(raw: unknown): Volume {
  return {
    name: neededText(field(raw, "metadata", "name"), "name"),
    nodeAffinity: projectNodeSelectorTerms(field(raw, "spec", "nodeAffinity", "required")),
  };
}

/**
 * Each claim with what its volume demands of a node; an unbound one demands nothing. Without those
 * whose volume is not listed: what it demands is not known.
 */
export function joinClaims(
  bindings: readonly ClaimBinding[],
  volumes: ReadonlyMap<string, Volume>,
): readonly Claim[] {
  return bindings.flatMap((binding) => {
    const volume = volumes.get(binding.volumeName);
    if (binding.volumeName !== "" && !volume) return [];
    return [{ ...binding, nodeAffinity: volume?.nodeAffinity ?? [] }];
  });
}
