import { isFinished } from "../pod-facts.ts";
import { INCLUDE, type PodFilter } from "./filter.ts";

/** Succeeded or Failed: nothing runs any more, so there is nothing to move or to wait for. */
export const finishedPod: PodFilter = (pod) =>
  isFinished(pod) ? { kind: "stay", code: "R-FINISHED-POD", awaited: false } : INCLUDE;
