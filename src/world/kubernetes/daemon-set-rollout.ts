import { type DaemonLook, isPodAvailable, isUpdated } from "./daemon-set-nodes.ts";
import { portion } from "./deployment-sets.ts";
import { isTerminating } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";

/** One move of a DaemonSet's rolling update: old pods to delete, and nodes that get a new pod beside the old one. */
export interface RolloutMove {
  readonly deletions: readonly Pod[];
  readonly nodes: readonly string[];
}

interface Pair {
  readonly node: string;
  readonly fresh: Pod | undefined;
  readonly old: Pod | undefined;
  /** More than one of a kind: the main loop deletes them first. */
  readonly isCrowded: boolean;
}

export function planRollout(look: DaemonLook): RolloutMove {
  const rolling = look.set.spec.updateStrategy?.rollingUpdate;
  const desired = look.wanted.size;
  const surge = portion(rolling?.maxSurge ?? 0, desired, Math.ceil);
  const unavailable = portion(rolling?.maxUnavailable ?? 1, desired, Math.ceil);
  const pairs = pairsOf(look);
  if (pairs.every(({ old }) => old === undefined)) return { deletions: [], nodes: [] };
  if (surge > 0) return planSurge(look, pairs, surge);
  return { deletions: planDeletions(look, pairs, unavailable === 0 ? 1 : unavailable), nodes: [] };
}

function pairsOf(look: DaemonLook): readonly Pair[] {
  const names = new Set([...look.wanted, ...look.podsByNode.keys()]);
  return [...names].map((node) => {
    const standing = (look.podsByNode.get(node) ?? []).filter((pod) => !isTerminating(pod));
    const fresh = standing.filter((pod) => isUpdated(look, pod));
    const old = standing.filter((pod) => !isUpdated(look, pod));
    return { node, fresh: fresh[0], old: old[0], isCrowded: fresh.length > 1 || old.length > 1 };
  });
}

/** Unavailable old pods at once, the others as far as maxUnavailable allows. Source: rollingUpdate in daemon/update.go. */
function planDeletions(look: DaemonLook, pairs: readonly Pair[], most: number): readonly Pod[] {
  const deletions: Pod[] = [];
  const candidates: Pod[] = [];
  let unavailable = 0;
  for (const { fresh, old, isCrowded } of pairs) {
    if (isCrowded || (fresh === undefined) === (old === undefined)) unavailable += 1;
    else if (old === undefined) unavailable += fresh !== undefined && isPodAvailable(look, fresh) ? 0 : 1;
    else if (isPodAvailable(look, old)) candidates.push(old);
    else {
      deletions.push(old);
      unavailable += 1;
    }
  }
  return [...deletions, ...candidates.slice(0, Math.max(0, most - unavailable))];
}

function planSurge(look: DaemonLook, pairs: readonly Pair[], most: number): RolloutMove {
  const deletions: Pod[] = [];
  const nodes: string[] = [];
  const candidates: string[] = [];
  let surging = 0;
  for (const { node, fresh, old, isCrowded } of pairs) {
    if (isCrowded) surging += 1;
    else if (old === undefined) continue;
    else if (fresh !== undefined) {
      if (isPodAvailable(look, fresh)) deletions.push(old);
      else surging += 1;
    } else if (!look.wanted.has(node)) {
      if (!isPodAvailable(look, old)) deletions.push(old);
    } else if (isPodAvailable(look, old)) candidates.push(node);
    else nodes.push(node);
  }
  return { deletions, nodes: [...nodes, ...candidates.slice(0, Math.max(0, most - surging))] };
}
