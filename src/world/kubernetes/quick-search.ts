import type { Node } from "./node-types.ts";
import type { NodeUsage } from "./node-usage.ts";
import { type Attempt, rejectPlace } from "./scheduler-filters.ts";
import type { Reluctance } from "./soft-preferences.ts";

/** So many nodes that fit are compared; odd, and no multiple of three, so that searches do not all begin in one zone. */
const enough = 5;

/**
 * Places a pod while a large cluster is made: the best of the next few nodes that fit, each search from where
 * the last one ended, so that pods come to lie evenly without thirty thousand comparisons of all nodes. As the
 * scheduler it asks what the pod would rather have, then for pods of its owner, then for load; draws no chance.
 */
export class QuickSearch {
  private start = 0;

  find(attempt: Attempt, siblings: ReadonlyMap<string, number>, soft: Reluctance): Node | undefined {
    const { fitting } = attempt.nodeClass;
    const all = fitting.length;
    let best: Node | undefined;
    let [reluctance, near, load] = [0, 0, 0];
    let [seen, looked] = [0, 0];
    for (
      let at = this.start % all;
      looked < all && seen < enough;
      looked++, at = at + 1 === all ? 0 : at + 1
    ) {
      const place = fitting[at];
      if (place === undefined || rejectPlace(attempt, place).length > 0) continue;
      seen += 1;
      const own = soft(place.node);
      const beside = siblings.get(place.node.metadata.name) ?? 0;
      const held = loadOf(place.usage);
      const isWorse = own - reluctance || beside - near || held - load;
      if (best !== undefined && isWorse >= 0) continue;
      best = place.node;
      [reluctance, near, load] = [own, beside, held];
    }
    this.start += looked;
    return best;
  }
}

/** Between 0 and 1; of cpu first, where nothing is requested of the room for pods. */
function loadOf({ cpu, count, allocatable }: NodeUsage): number {
  return cpu / Math.max(1, allocatable.cpu) + count / Math.max(1, allocatable.pods) / 1000;
}
