import type { Node } from "#model/objects.ts";

/** What undoing a cordon has to put back: the node as it was before dextre. */
export interface BeforeCordon {
  /** Somebody else has it cordoned. */
  readonly wasUnschedulable: boolean;
  readonly scaleDownDisabledBefore: string | null;
  /** The run of dextre that is over and left the node cordoned; null: none did. */
  readonly drainedBy: string | null;
}

/**
 * A mark that a run meets on a node is of one that is over, since an unfinished run refuses all that
 * want its nodes. So what that run set is no state of its own: whoever undoes the last cordon gives
 * the node back as it was before the first.
 */
export function beforeCordon(node: Node): BeforeCordon {
  const { cordonMarker: marker, scaleDownDisabled } = node;
  const wasUnschedulable = isCordonedByOthers(node);
  const before = marker?.scaleDownDisabledBefore ?? null;
  // Where it is not what that run set, somebody changed it since.
  const isOfMarker = before !== null && scaleDownDisabled === "true";
  return {
    wasUnschedulable,
    scaleDownDisabledBefore: isOfMarker ? before.value : scaleDownDisabled,
    drainedBy: marker !== null && node.unschedulable && !wasUnschedulable ? marker.run : null,
  };
}

/**
 * By the mark; but where the server names others as those who set the field, somebody uncordoned the
 * node since that mark and cordoned it anew.
 */
export function isCordonedByOthers({ unschedulable, unschedulableSetBy, cordonMarker }: Node): boolean {
  if (!unschedulable) return false;
  if (cordonMarker === null || cordonMarker.wasUnschedulable) return true;
  return unschedulableSetBy === "others";
}
