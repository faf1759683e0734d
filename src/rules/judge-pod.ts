import type { Code } from "#model/codes.ts";
import type { Pod } from "#model/objects.ts";
import type { Finding } from "#model/plan.ts";
import { isSystemPod } from "./pod-facts.ts";
import { daemonPod } from "./pod-filters/daemon-pod.ts";
import type { JudgeContext, PodFilter } from "./pod-filters/filter.ts";
import { finishedPod } from "./pod-filters/finished-pod.ts";
import { jobPod } from "./pod-filters/job-pod.ts";
import { localStorage } from "./pod-filters/local-storage.ts";
import { mirrorPod } from "./pod-filters/mirror-pod.ts";
import { terminatingPod } from "./pod-filters/terminating-pod.ts";
import { twoBudgets } from "./pod-filters/two-budgets.ts";
import { unknownController } from "./pod-filters/unknown-controller.ts";
import { unmanagedPod } from "./pod-filters/unmanaged-pod.ts";
import { unplaceable } from "./pod-filters/unplaceable.ts";

export type { JudgeContext };

/** Regular pods move in tier 1, system pods in tier 2. */
export type PodTier = 1 | 2;

/** What becomes of a pod, and what has to be said about it. */
export type PodVerdict =
  | {
      readonly kind: "move";
      readonly code: "R-REGULAR-POD" | "R-SYSTEM-POD";
      readonly tier: PodTier;
      /** Its replacement is awaited behind the new node (accepted by pods.unplaceable). */
      readonly awaitsNode: boolean;
      /** Warnings. */
      readonly findings: readonly Finding[];
    }
  /** awaited: it is going by itself, and its node is not empty before it is gone. */
  | { readonly kind: "stay"; readonly code: Code; readonly awaited: boolean }
  /** It would move, but must not: `finding` says why and what would accept it. */
  | { readonly kind: "block"; readonly finding: Finding; readonly findings: readonly Finding[] };

/** In this order; the first that does not include decides. */
export const POD_FILTERS: readonly PodFilter[] = Object.freeze([
  mirrorPod,
  daemonPod,
  finishedPod,
  terminatingPod,
  unmanagedPod,
  localStorage,
  jobPod,
  twoBudgets,
  unknownController,
  unplaceable,
]);

/** Does the pod stay, block or go? The same for planned and discovered pods. */
export function judgePod(pod: Pod, context: JudgeContext): PodVerdict {
  const findings: Finding[] = [];
  let awaitsNode = false;
  for (const filter of POD_FILTERS) {
    const verdict = filter(pod, context);
    if (verdict.kind === "stay") return verdict;
    if (verdict.kind === "block") return { ...verdict, findings };
    if (verdict.warning) findings.push(verdict.warning);
    awaitsNode ||= verdict.awaitsNode === true;
  }
  return isSystemPod(pod)
    ? { kind: "move", code: "R-SYSTEM-POD", tier: 2, awaitsNode, findings }
    : { kind: "move", code: "R-REGULAR-POD", tier: 1, awaitsNode, findings };
}

/** The tier in which a pod moves if it moves. */
export function tierOf(pod: Pod): PodTier {
  return isSystemPod(pod) ? 2 : 1;
}
