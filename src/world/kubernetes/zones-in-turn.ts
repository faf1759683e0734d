import type { Node } from "./node-types.ts";

/** From so many nodes on a search does not look at all of them. */
export const largeCluster = 100;

export function zoneOf({ metadata }: Node): string | undefined {
  return metadata.labels?.["topology.kubernetes.io/zone"];
}

/**
 * An order of these nodes, as their indexes: one of each zone in turn, so that a search that ends early has
 * seen every zone. Source: kube-scheduler's nodeTree.
 */
export function zonesInTurn(nodes: readonly Node[]): readonly number[] {
  const byZone = new Map<string | undefined, number[]>();
  for (const [index, node] of nodes.entries()) {
    const zone = zoneOf(node);
    const others = byZone.get(zone);
    if (others === undefined) byZone.set(zone, [index]);
    else others.push(index);
  }
  const zones = [...byZone.values()];
  const longest = Math.max(0, ...zones.map(({ length }) => length));
  const inTurn: number[] = [];
  for (let turn = 0; turn < longest; turn++) {
    for (const zone of zones) {
      const index = zone[turn];
      if (index !== undefined) inTurn.push(index);
    }
  }
  return inTurn;
}
