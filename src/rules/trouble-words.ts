import type { PodTrouble } from "#model/objects.ts";

/** A scheduler adds this to every refusal; it never says why. */
const PREEMPTION = /[.,]? *(?:no new claims to deallocate, *)?preemption: .*$/is;
/** A kubelet names the pod, with its UID, in a message about that pod. */
const POD_ITSELF = / pod=\S+\([0-9a-f-]+\)/;
const LONGEST = 300;

/**
 * What scheduler or kubelet say of a pod, without what tells a person nothing: short enough that what
 * to do still fits behind it. Source: scheduler's and kubelet's event texts, Kubernetes 1.36.
 */
export function troubleWords({ message }: PodTrouble): string {
  const text = message.replace(PREEMPTION, "").replace(POD_ITSELF, "").trim().replace(/\.$/, "");
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
