import { isDaemonPod } from "../pod-facts.ts";
import { INCLUDE, type PodFilter } from "./filter.ts";

/** In a drain a DaemonSet's pod would come straight back to the node; a Pods target may restart it. */
export const daemonPod: PodFilter = (pod, { scope }) =>
  scope === "node" && isDaemonPod(pod) ? { kind: "stay", code: "R-DAEMON-POD", awaited: false } : INCLUDE;
