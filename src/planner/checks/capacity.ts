import type { Node, Resources } from "#model/objects.ts";
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
    return nodeDrafts(draft).flatMap((lane) => judge(lane, free, draft.snapshot));
  },
};

function judge(
  { node, pods }: NodeDraft,
  free: ReadonlyMap<string, { readonly node: Node; readonly free: Resources }>,
  snapshot: Snapshot,
): readonly Finding[] {
  const moving = pods.filter(isMoving).map(({ pod }) => pod);
  const asked = sum(moving.map((pod) => ({ ...pod.requests, pods: 1 })));
  const elsewhere = sum(
    [...free.values()]
      .filter((other) => other.node.name !== node.name)
      .filter((other) => moving.some((pod) => mayRunOn(pod, other.node, snapshot)))
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
function freeByNode(
  snapshot: Snapshot,
): ReadonlyMap<string, { readonly node: Node; readonly free: Resources }> {
  const open = [...snapshot.nodes()].filter(isOpen);
  return new Map(
    open.map((node) => {
      const running = [...snapshot.podsOnNode(node.name)].filter((pod) => !isFinished(pod));
      const used = sum(running.map((pod) => ({ ...pod.requests, pods: 1 })));
      const free = {
        cpuMillis: Math.max(0, node.allocatable.cpuMillis - used.cpuMillis),
        memoryBytes: Math.max(0, node.allocatable.memoryBytes - used.memoryBytes),
        pods: Math.max(0, node.allocatable.pods - used.pods),
      };
      return [node.name, { node, free }];
    }),
  );
}

function sum(parts: readonly Resources[]): Resources {
  return parts.reduce(
    (total, part) => ({
      cpuMillis: total.cpuMillis + part.cpuMillis,
      memoryBytes: total.memoryBytes + part.memoryBytes,
      pods: total.pods + part.pods,
    }),
    { cpuMillis: 0, memoryBytes: 0, pods: 0 },
  );
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)}Mi`;
}
