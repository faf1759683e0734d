import { isEqualJson } from "../json.ts";
import { type DaemonLook, isPodAvailable, isUpdated } from "./daemon-set-nodes.ts";
import { omitZeros } from "./omit-zeros.ts";
import { availableAt, isReady } from "./pod-state.ts";

/** Counts by nodes: the first pod of each speaks for it. Gives when the next Ready pod ripens, in ms. */
export function writeDaemonStatus(look: DaemonLook): number | undefined {
  const { cluster, set } = look;
  const here = [...look.wanted].flatMap((node) => look.podsByNode.get(node)?.[0] ?? []);
  const ready = here.filter(isReady);
  const available = ready.filter((pod) => isPodAvailable(look, pod));
  const misplaced = [...look.podsByNode.keys()].filter(
    (node) => !look.wanted.has(node) && cluster.stores.nodes.get(undefined, node) !== undefined,
  );
  const status = {
    currentNumberScheduled: here.length,
    numberMisscheduled: misplaced.length,
    desiredNumberScheduled: look.wanted.size,
    numberReady: ready.length,
    ...omitZeros({
      observedGeneration: set.metadata.generation ?? 1,
      updatedNumberScheduled: here.filter((pod) => isUpdated(look, pod)).length,
      numberAvailable: available.length,
      numberUnavailable: look.wanted.size - available.length,
    }),
  };
  const stored = cluster.stores.daemonsets.getByUid(set.metadata.uid) ?? set;
  if (!isEqualJson(stored.status, status)) cluster.stores.daemonsets.put({ ...stored, status });
  if (ready.length === available.length) return undefined;
  const { now } = cluster.agenda;
  const times = ready.map((pod) => availableAt(pod, set.spec.minReadySeconds ?? 0) - now);
  return Math.max(1, Math.min(...times.filter((time) => time > 0)));
}
