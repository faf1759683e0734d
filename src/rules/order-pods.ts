import type { Pod } from "#model/objects.ts";
import type { PodOrderKey } from "#model/spec.ts";
import { byText, type Comparator, firstOf } from "./compare.ts";
import { isSystemPod } from "./pod-facts.ts";

const BY_KEY: { readonly [K in PodOrderKey]: Comparator<Pod> } = {
  regularBeforeSystem: (a, b) => Number(isSystemPod(a)) - Number(isSystemPod(b)),
  /** The least important first, as kubelets do at a graceful shutdown. */
  priority: (a, b) => a.priority - b.priority,
  name: firstOf<Pod>(
    byText((pod) => pod.namespace),
    byText((pod) => pod.name),
  ),
};

/** The order of pods by the spec's keys: the first that tells two apart decides; total. */
export function comparePods(keys: readonly PodOrderKey[]): Comparator<Pod> {
  return firstOf<Pod>(
    ...keys.map((key) => BY_KEY[key]),
    BY_KEY.name,
    byText((pod) => pod.uid),
  );
}
