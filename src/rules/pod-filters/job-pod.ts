import type { ObjectRef } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { isFinished, podRef } from "../pod-facts.ts";
import { blockUnless, INCLUDE, type PodFilter } from "./filter.ts";

/**
 * An evicted Job pod counts as failed, and one failure above backoffLimit fails the whole Job, unless
 * a pod failure policy ignores disruptions. Pods that are being evicted count as failed already. A Job that the view does not show yet is taken to fail.
 * Source: Job controller; measured with backoffLimit 0.
 */
export const jobPod: PodFilter = (pod, { snapshot, spec }) => {
  const why = pod.controller?.kind === "Job" ? whyJobFails(pod.controller, 1, snapshot) : null;
  if (why === null) return INCLUDE;
  return blockUnless(spec.pods.jobs === "evict", {
    code: "B-JOB-WOULD-FAIL",
    object: podRef(pod),
    message: `pod ${pod.namespace}/${pod.name}: ${why}`,
    acceptedBy: { field: "pods.jobs: evict" },
  });
};

/** Would so many evictions more fail the Job? null: it bears them. */
export function whyJobFails(
  job: Pick<ObjectRef, "name" | "uid">,
  evictions: number,
  snapshot: Snapshot,
): string | null {
  const facts = snapshot.workload(job.uid)?.job;
  const name = `Job ${job.name}`;
  if (!facts) return `${name} cannot be seen, so it is not known whether the eviction would fail it`;
  if (facts.finished !== "no" || facts.ignoresDisruptions) return null;
  const pods = [...snapshot.podsOfController(job.uid)];
  // The Job's status lags behind its pods.
  const failed = Math.max(facts.failed, pods.filter(({ phase }) => phase === "Failed").length);
  const going = pods.filter((pod) => pod.deletionAt !== null && !isFinished(pod)).length;
  if (failed + going + evictions <= facts.backoffLimit) return null;
  const what = evictions === 1 ? "the eviction" : `${evictions} evictions`;
  const counts = `${failed} failed, ${going > 0 ? `${going} terminating, ` : ""}backoffLimit ${facts.backoffLimit}`;
  return `${what} would fail ${name} (${counts})`;
}
