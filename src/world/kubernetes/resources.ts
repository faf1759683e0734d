import type { Node } from "./node-types.ts";
import type { Labels } from "./object-types.ts";
import type { PodSpec } from "./pod-types.ts";
import { parseQuantity } from "./quantity.ts";

/** cpu in thousandths of a core, memory in bytes. */
export interface Requests {
  readonly cpu: number;
  readonly memory: number;
}

/** By the containers, which the specs of one template share also when they are bound. */
const known = new WeakMap<PodSpec["containers"], Requests>();

/** What a pod asks for: the sum over its containers. Init containers and overhead are not modelled. */
export function requestsOf(spec: PodSpec): Requests {
  const cached = known.get(spec.containers);
  if (cached !== undefined) return cached;
  let cpu = 0;
  let memory = 0;
  for (const container of spec.containers) {
    cpu += amount(container.resources?.requests, "cpu") * 1000;
    memory += amount(container.resources?.requests, "memory");
  }
  const requests = { cpu: Math.round(cpu), memory };
  known.set(spec.containers, requests);
  return requests;
}

export function amount(list: Labels | undefined, name: string): number {
  const text = list?.[name];
  return text === undefined ? 0 : parseQuantity(text);
}

const allocatables = new WeakMap<Node["status"], Requests & { readonly pods: number }>();

/** What a node gives in all: cpu in thousandths, memory in bytes, and pods. */
export function allocatableOf({ status }: Node): Requests & { readonly pods: number } {
  const known = allocatables.get(status);
  if (known !== undefined) return known;
  const list = status.allocatable;
  const found = {
    cpu: amount(list, "cpu") * 1000,
    memory: amount(list, "memory"),
    pods: amount(list, "pods"),
  };
  allocatables.set(status, found);
  return found;
}
