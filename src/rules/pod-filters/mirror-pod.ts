import { INCLUDE, type PodFilter } from "./filter.ts";

/** A static pod's mirror: the kubelet runs it from a file, an eviction would only hide it. */
export const mirrorPod: PodFilter = (pod) =>
  pod.mirror ? { kind: "stay", code: "R-MIRROR-POD", awaited: false } : INCLUDE;
