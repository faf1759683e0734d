import type { Node } from "./types.ts";

interface Place {
  readonly node: Node;
}

/** From so many nodes on a search does not look at all of them. */
export const largeCluster = 100;

const zoneKey = "topology.kubernetes.io/zone";

/**
 * Of a large cluster one node of each zone in turn, so that a search that ends early has seen every zone; of a
 * small one the nodes as they are. Source: kube-scheduler's nodeTree.
 */
export function zonesInTurn<T extends Place>(places: readonly T[]): readonly T[] {
  if (places.length < largeCluster) return places;
  const byZone = new Map<string, T[]>();
  for (const place of places) {
    const zone = place.node.metadata.labels?.[zoneKey] ?? "";
    const others = byZone.get(zone);
    if (others === undefined) byZone.set(zone, [place]);
    else others.push(place);
  }
  const zones = [...byZone.values()];
  const longest = Math.max(...zones.map(({ length }) => length));
  const inTurn: T[] = [];
  for (let index = 0; index < longest; index++) {
    for (const zone of zones) {
      const place = zone[index];
      if (place !== undefined) inTurn.push(place);
    }
  }
  return inTurn;
}
