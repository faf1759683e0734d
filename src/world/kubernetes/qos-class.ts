import type { Labels } from "./object-types.ts";
import type { PodSpec } from "./pod-types.ts";
import { amount } from "./resources.ts";

const names = ["cpu", "memory"] as const;

/** status.qosClass. Source: pkg/apis/core/v1/helper/qos ComputePodQOS. */
export function qosClassOf({ containers, initContainers = [], resources }: PodSpec): string {
  const judged =
    resources === undefined ? [...containers, ...initContainers].map((one) => one.resources) : [resources];
  const requests = sumsOf(judged.map((one) => one?.requests));
  const limits = sumsOf(judged.map((one) => one?.limits));
  if ([...requests, ...limits].every((sum) => sum === 0)) return "BestEffort";
  const isLimited = judged.every((one) => names.every((name) => amount(one?.limits, name) > 0));
  const isSame = requests.every((sum, index) => sum === limits[index]);
  return isLimited && isSame ? "Guaranteed" : "Burstable";
}

/** Of cpu and of memory. */
function sumsOf(lists: readonly (Labels | undefined)[]): readonly number[] {
  return names.map((name) => lists.reduce((sum, list) => sum + amount(list, name), 0));
}
