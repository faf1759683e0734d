import type { Pod } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { podRef } from "../pod-facts.ts";
import { blockUnless, INCLUDE, type PodFilter } from "./filter.ts";

/**
 * An evicted Job pod counts as failed, and one failure above backoffLimit fails the whole Job, unless
 * a pod failure policy ignores disruptions. A Job that the view does not show yet is taken to fail.
 * Source: Job controller; measured with backoffLimit 0.
 */
export const jobPod: PodFilter = (pod, { snapshot, spec }) => {
  const why = pod.controller?.kind === "Job" ? whyJobFails(pod, pod.controller.uid, snapshot) : null;
  if (why === null) return INCLUDE;
  return blockUnless(spec.pods.jobs === "evict", {
    code: "B-JOB-WOULD-FAIL",
    object: podRef(pod),
    message: `pod ${pod.namespace}/${pod.name}: ${why}`,
    acceptedBy: { field: "pods.jobs: evict" },
  });
};

function whyJobFails(pod: Pod, jobUid: string, snapshot: Snapshot): string | null {
  const facts = snapshot.workload(jobUid)?.job;
  const name = `Job ${pod.controller?.name}`;
  if (!facts) return `${name} cannot be seen, so it is not known whether the eviction would fail it`;
  if (facts.finished !== "no" || facts.ignoresDisruptions) return null;
  if (facts.failed + 1 <= facts.backoffLimit) return null;
  return `the eviction would fail ${name} (${facts.failed} failed, backoffLimit ${facts.backoffLimit})`;
}
