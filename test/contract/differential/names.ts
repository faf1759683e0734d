import type { Body } from "../api.ts";
import type { Lane } from "./lane.ts";
import type { LaneState } from "./read-lane.ts";

/** Names that a world made up → the words for them, longer names first: one may begin with another. */
export type Names = readonly (readonly [string, string])[];

export function namesOf(lane: Lane): Names {
  return [...lane.names, [lane.namespace, "NAMESPACE"] as const].toSorted(
    ([left], [right]) => right.length - left.length,
  );
}

/** Remembers what the world calls a pod, where it chose the name itself. */
export function learn({ names }: Lane, pod: Body): void {
  const owner = pod.metadata.ownerReferences?.[0];
  if (owner === undefined || owner.kind === "StatefulSet") return;
  names.set(pod.metadata.name, `POD of ${owner.kind}`);
}

/** Remembers the names of nodes, replica sets and pods. */
export function learnAll(lane: Lane, state: LaneState): void {
  (state.nodes ?? []).forEach(({ metadata, spec }, index) => {
    lane.names.set(metadata.name, `NODE${index}`);
    const providerId = spec?.providerID;
    if (typeof providerId === "string") lane.names.set(providerId, `PROVIDER${index}`);
  });
  for (const set of state.replicasets ?? []) lane.names.set(set.metadata.name, "REPLICASET");
  for (const pod of state.pods ?? []) learn(lane, pod);
}
