import { podRef } from "../pod-facts.ts";
import { blockUnless, INCLUDE, type PodFilter } from "./filter.ts";

/** An emptyDir goes with its pod, on disk as in memory. */
export const localStorage: PodFilter = (pod, { spec }) => {
  if (pod.localStorage === "none") return INCLUDE;
  const where = pod.localStorage === "memory" ? "in memory (emptyDir)" : "on its node's disk (emptyDir)";
  return blockUnless(spec.pods.localStorage === "evict", {
    code: "B-LOCAL-STORAGE",
    object: podRef(pod),
    message: `pod ${pod.namespace}/${pod.name} keeps data ${where}: the eviction deletes it`,
    acceptedBy: { field: "pods.localStorage: evict", flag: "--delete-emptydir-data" },
  });
};
