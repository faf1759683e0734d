import { INCLUDE, type PodFilter } from "./filter.ts";

/** Already on its way. Another eviction could only shorten the grace period it was given. */
export const terminatingPod: PodFilter = (pod) =>
  pod.deletionAt !== null ? { kind: "stay", code: "R-TERMINATING-POD", awaited: true } : INCLUDE;
