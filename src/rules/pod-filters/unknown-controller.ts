import { podRef } from "../pod-facts.ts";
import { isKnownKind } from "../replaced.ts";
import { INCLUDE, type PodFilter } from "./filter.ts";

/** What brings it back is not watched here, so its Ready pods alone tell when it is back. */
export const unknownController: PodFilter = (pod) => {
  const { controller } = pod;
  if (controller === null || isKnownKind(controller.kind)) return INCLUDE;
  return {
    kind: "include",
    warning: {
      code: "W-UNKNOWN-CONTROLLER",
      object: podRef(pod),
      message: `pod ${pod.namespace}/${pod.name} belongs to ${controller.kind} ${controller.name}, a kind not known here: Ready pods of the same controller will count as its replacement`,
    },
  };
};
