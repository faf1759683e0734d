import type { Node, Pod, Resources } from "#model/objects.ts";
import type { Finding } from "#model/plan.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { isOpen, mayRunOn } from "#rules/placement.ts";
import { isFinished } from "#rules/pod-facts.ts";
import { isMoving, type NodeDraft, nodeDrafts } from "../draft.ts";
import { type Check, nodeObject } from "./check.ts";

/** The pods of one node against what is free on the others: a hint, the scheduler decides. */
export const capacity: Check = {
  codes: ["W-CAPACITY"],
  find: (draft) => {
    const free = freeByNode(draft.snapshot);
    const takers = takersIn(free, draft.snapshot);
    return nodeDrafts(draft).flatMap((lane) => judge(lane, free, takers));
  },
};

interface FreeNode {
  readonly node: Node;
  readonly free: Resources;
}

/** The nodes that may take the pod. */
type Takers = (pod: Pod) => ReadonlySet<FreeNode>;

/** Worked out once for all pods that ask the same of a node. */
function takersIn(free: readonly FreeNode[], snapshot: Snapshot): Takers {
  const known = new Map<string, ReadonlySet<FreeNode>>();
  return (pod) => {
    const { tolerations, nodeSelector, nodeAffinity, claims } = pod;
    const place = claims.length === 0 ? "" : pod.namespace;
    const asked = JSON.stringify([tolerations, nodeSelector, nodeAffinity, claims, place]);
    const before = known.get(asked);
    if (before) return before;
    const takers = new Set(free.filter(({ node }) => mayRunOn(pod, node, snapshot)));
    known.set(asked, takers);
    return takers;
  };
}

function judge({ node, pods }: NodeDraft, free: readonly FreeNode[], takersOf: Takers): readonly Finding[] {
  const moving = pods.filter(isMoving).map(({ pod }) => pod);
  const asked = sum(moving.map((pod) => ({ ...pod.requests, pods: 1 })));
  const takers = [...new Set(moving.map(takersOf))];
  const elsewhere = sum(
    free
      .filter((other) => other.node.name !== node.name && takers.some((some) => some.has(other)))
      .map((other) => other.free),
  );
  const short = [
    ...(asked.cpuMillis > elsewhere.cpuMillis ? [`cpu ${asked.cpuMillis}m of ${elsewhere.cpuMillis}m`] : []),
    ...(asked.memoryBytes > elsewhere.memoryBytes
      ? [`memory ${mebibytes(asked.memoryBytes)} of ${mebibytes(elsewhere.memoryBytes)}`]
      : []),
    ...(asked.pods > elsewhere.pods ? [`${asked.pods} pods of ${elsewhere.pods}`] : []),
  ];
  if (short.length === 0) return [];
  return [
    {
      code: "W-CAPACITY",
      object: nodeObject(node),
      message: `the pods of node ${node.name} ask for more than is free elsewhere: ${short.join(", ")}`,
    },
  ];
}

/** Allocatable less requests, never below 0, of every node that takes pods. */
function freeByNode(snapshot: Snapshot): readonly FreeNode[] {
  const open = [...snapshot.nodes()].filter(isOpen);
  return open.map((node) => {
    const running = [...snapshot.podsOnNode(node.name)].filter((pod) => !isFinished(pod));
    const used = sum(running.map((pod) => ({ ...pod.requests, pods: 1 })));
    const free = {
      cpuMillis: Math.max(0, node.allocatable.cpuMillis - used.cpuMillis),
      memoryBytes: Math.max(0, node.allocatable.memoryBytes - used.memoryBytes),
      pods: Math.max(0, node.allocatable.pods - used.pods),
    };
    return { node, free };
  });
}

function sum(parts: readonly Resources[]): Resources {
  const total = { cpuMillis: 0, memoryBytes: 0, pods: 0 };
  for (const part of parts) {
    total.cpuMillis += part.cpuMillis;
    total.memoryBytes += part.memoryBytes;
    total.pods += part.pods;
  }
  return total;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)}Mi`;
}
