import { podRef } from "../pod-facts.ts";
import { blockUnless, INCLUDE, type PodFilter } from "./filter.ts";

/** A pod without a controller is gone for good once it is evicted. */
export const unmanagedPod: PodFilter = (pod, { spec }) => {
  if (pod.controller !== null) return INCLUDE;
  return blockUnless(spec.pods.unmanaged === "evict", {
    code: "B-UNMANAGED-POD",
    object: podRef(pod),
    message: `pod ${pod.namespace}/${pod.name} has no controller: once evicted, nothing brings it back`,
    acceptedBy: { field: "pods.unmanaged: evict", flag: "--evict-unmanaged" },
  });
};
