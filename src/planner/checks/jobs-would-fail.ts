import type { Pod } from "#model/objects.ts";
import type { Finding } from "#model/plan.ts";
import { whyJobFails } from "#rules/pod-filters/job-pod.ts";
import { type Draft, movingPods } from "../draft.ts";
import type { Check } from "./check.ts";

/** Each eviction of a Job's pod may be one failure that the Job bears, and all of them together too many. */
export const jobsWouldFail: Check = {
  codes: ["B-JOB-WOULD-FAIL"],
  find: (draft) =>
    [...podsByJob(draft)].flatMap(([uid, pods]): readonly Finding[] => {
      const [pod] = pods;
      const { spec, snapshot } = draft;
      // Where one is too many, each pod says so itself.
      if (!pod?.controller || whyJobFails(pod.controller, 1, snapshot) !== null) return [];
      const why = whyJobFails(pod.controller, pods.length, snapshot);
      if (why === null) return [];
      return [
        {
          code: "B-JOB-WOULD-FAIL",
          object: { kind: "Job", namespace: pod.namespace, name: pod.controller.name, uid },
          message: `${pods.length} pods of Job ${pod.namespace}/${pod.controller.name} are to be evicted: ${why}`,
          acceptedBy: { field: "pods.jobs: evict" },
          ...(spec.pods.jobs === "evict" ? { accepted: true } : {}),
        },
      ];
    }),
};

function podsByJob(draft: Draft): ReadonlyMap<string, readonly Pod[]> {
  const jobs = new Map<string, Pod[]>();
  for (const { pod } of movingPods(draft)) {
    if (pod.controller?.kind !== "Job") continue;
    const { uid } = pod.controller;
    jobs.set(uid, [...(jobs.get(uid) ?? []), pod]);
  }
  return jobs;
}
