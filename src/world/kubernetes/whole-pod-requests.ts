import type { Labels } from "./object-types.ts";
import type { PodSpec } from "./pod-types.ts";
import { canonicalQuantity } from "./quantity.ts";
import { isOfWholePods, requestsOf } from "./resources.ts";

/**
 * The requests of a pod as a whole where its limits are said: those of the containers, else the limits. undefined:
 * nothing follows. Source: core/v1 defaultPodRequests.
 */
export function wholePodRequests(spec: PodSpec): Labels | undefined {
  const { resources, ...bare } = spec;
  if (resources?.limits === undefined || Object.keys(resources.limits).length === 0) return undefined;
  const { cpu, memory } = requestsOf({ ...bare, containers: [...bare.containers] });
  const ofContainers = {
    ...(cpu === 0 ? {} : { cpu: canonicalQuantity(`${cpu}m`) ?? "" }),
    ...(memory === 0 ? {} : { memory: bytesText(memory) }),
  };
  const limits = Object.entries(resources.limits).filter(([name]) => isOfWholePods(name));
  return { ...Object.fromEntries(limits), ...ofContainers, ...resources.requests };
}

function bytesText(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2;
  return (Number.isInteger(mebibytes) ? canonicalQuantity(`${mebibytes}Mi`) : undefined) ?? String(bytes);
}
