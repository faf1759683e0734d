import type { Node } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { NodeOrderKey, NodesTarget } from "#model/spec.ts";
import { byText, type Comparator, compareTexts } from "#rules/compare.ts";
import { zoneOf } from "#rules/instance-id.ts";
import { isDaemonPod, isFinished } from "#rules/pod-facts.ts";
import { groupNamesOf } from "./group-names.ts";

type SortKey = Exclude<NodeOrderKey, "zoneRoundRobin">;

export interface NodeOrder {
  readonly keys: readonly NodeOrderKey[];
  readonly target: NodesTarget;
  readonly snapshot: Snapshot;
}

/**
 * Nodes by the spec's keys, the first decides, the name ends every tie. zoneRoundRobin takes one
 * node of each zone in turn: a node's rank within its zone by the keys that follow.
 */
export function orderNodes(nodes: readonly Node[], order: NodeOrder): readonly Node[] {
  const [key, ...rest] = order.keys;
  if (key === undefined) return [...nodes].sort(byText((node) => node.name));
  const next: NodeOrder = { ...order, keys: rest };
  if (key === "zoneRoundRobin") return roundRobin(nodes, next);
  return partition(nodes, comparatorOf(key, order)).flatMap((equals) => orderNodes(equals, next));
}

function roundRobin(nodes: readonly Node[], next: NodeOrder): readonly Node[] {
  const zones = partition(nodes, byText(zoneOf)).map((zone) => orderNodes(zone, next));
  const rounds = Math.max(0, ...zones.map((zone) => zone.length));
  return Array.from({ length: rounds }, (_, rank) =>
    zones.flatMap((zone) => zone.slice(rank, rank + 1)),
  ).flatMap((round) => orderNodes(round, next));
}

/** Classes of nodes that the comparison does not tell apart, in its order. */
function partition(nodes: readonly Node[], compare: Comparator<Node>): readonly (readonly Node[])[] {
  const classes: Node[][] = [];
  for (const node of [...nodes].sort(compare)) {
    const last = classes.at(-1);
    const [first] = last ?? [];
    if (last && first && compare(first, node) === 0) last.push(node);
    else classes.push([node]);
  }
  return classes;
}

function comparatorOf(key: SortKey, { target, snapshot }: NodeOrder): Comparator<Node> {
  switch (key) {
    case "name":
      return byText((node) => node.name);
    case "oldestFirst":
      return byNumber((node) => Date.parse(node.createdAt));
    case "fewestPods":
      return byNumber((node) => countPods(node, snapshot));
    case "zone":
      return byText(zoneOf);
    case "group":
      return (a, b) => compareTexts(groupText(a, snapshot), groupText(b, snapshot));
    case "listed":
      return byNumber((node) => rankIn(target.names, node.name));
  }
}

function byNumber(numberOf: (node: Node) => number): Comparator<Node> {
  return (a, b) => {
    const [left, right] = [numberOf(a), numberOf(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
}

/** Pods that would move: those that stay on their node whatever the spec says do not count. */
function countPods(node: Node, snapshot: Snapshot): number {
  let count = 0;
  for (const pod of snapshot.podsOnNode(node.name)) {
    if (!isFinished(pod) && !isDaemonPod(pod) && !pod.mirror) count += 1;
  }
  return count;
}

function groupText(node: Node, snapshot: Snapshot): string {
  return groupNamesOf(node, snapshot).join(" ");
}

/** Names that are not listed come last. */
function rankIn(names: readonly string[], name: string): number {
  const index = names.indexOf(name);
  return index < 0 ? names.length : index;
}
