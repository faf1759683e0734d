import type { Node } from "./node-types.ts";
import type { Labels } from "./object-types.ts";
import type { Container, PodSpec } from "./pod-types.ts";
import { parseQuantity } from "./quantity.ts";

/** cpu in thousandths of a core, memory in bytes. */
export interface Requests {
  readonly cpu: number;
  readonly memory: number;
  /** Resources of any other name, as ephemeral-storage, in their own units; undefined: none. */
  readonly others: ReadonlyMap<string, number> | undefined;
}

interface Known {
  readonly initContainers: PodSpec["initContainers"];
  readonly resources: PodSpec["resources"];
  readonly requests: Requests;
}

/** By the containers, which the specs of one template share also when they are bound. */
const known = new WeakMap<PodSpec["containers"], Known>();

/** What a pod asks for. Source: component-helpers, resource PodRequests. */
export function requestsOf(spec: PodSpec): Requests {
  const { containers, initContainers, resources } = spec;
  const cached = known.get(containers);
  if (cached !== undefined && cached.initContainers === initContainers && cached.resources === resources) {
    return cached.requests;
  }
  const amounts = amountsOf(spec);
  const requests = {
    cpu: Math.round((amounts.get("cpu") ?? 0) * 1000),
    memory: amounts.get("memory") ?? 0,
    others: othersOf(amounts),
  };
  known.set(containers, { initContainers, resources, requests });
  return requests;
}

/** The containers together, or an init container where that needs more; then what is said of the pod as a whole. */
function amountsOf({ containers, initContainers, resources }: PodSpec): ReadonlyMap<string, number> {
  const total = new Map<string, number>();
  for (const container of containers) add(total, container.resources?.requests);
  if (initContainers !== undefined) addInit(total, initContainers);
  for (const [name, text] of Object.entries(resources?.requests ?? {})) {
    if (isOfWholePods(name)) total.set(name, parseQuantity(text));
  }
  return total;
}

/** Init containers run one by one, beside those before them that go on running. */
function addInit(total: Map<string, number>, initContainers: readonly Container[]): void {
  const lasting = new Map<string, number>();
  const peak = new Map<string, number>();
  for (const { restartPolicy, resources } of initContainers) {
    const isLasting = restartPolicy === "Always";
    const meanwhile = isLasting ? lasting : new Map(lasting);
    add(meanwhile, resources?.requests);
    if (isLasting) add(total, resources?.requests);
    for (const [name, sum] of meanwhile) peak.set(name, Math.max(sum, peak.get(name) ?? 0));
  }
  for (const [name, sum] of peak) total.set(name, Math.max(sum, total.get(name) ?? 0));
}

function add(sums: Map<string, number>, list: Labels | undefined): void {
  if (list === undefined) return;
  for (const name of Object.keys(list)) sums.set(name, (sums.get(name) ?? 0) + amount(list, name));
}

/** Source: IsSupportedPodLevelResource. */
export function isOfWholePods(name: string): boolean {
  return name === "cpu" || name === "memory" || name.startsWith("hugepages-");
}

const counted: ReadonlySet<string> = new Set(["cpu", "memory", "pods"]);

function othersOf(amounts: ReadonlyMap<string, number>): Requests["others"] {
  const others = [...amounts].filter(([name, sum]) => !counted.has(name) && sum > 0);
  return others.length === 0 ? undefined : new Map(others);
}

export function amount(list: Labels | undefined, name: string): number {
  const text = list?.[name];
  return text === undefined ? 0 : parseQuantity(text);
}

export type Allocatable = Requests & { readonly pods: number };

const allocatables = new WeakMap<Node["status"], Allocatable>();

/** What a node gives in all: cpu in thousandths, memory in bytes, pods, and what else it has. */
export function allocatableOf({ status }: Node): Allocatable {
  const known = allocatables.get(status);
  if (known !== undefined) return known;
  const list = status.allocatable ?? {};
  const found = {
    cpu: amount(list, "cpu") * 1000,
    memory: amount(list, "memory"),
    pods: amount(list, "pods"),
    others: othersOf(new Map(Object.keys(list).map((name) => [name, amount(list, name)]))),
  };
  allocatables.set(status, found);
  return found;
}

/** The names of those other resources of which a node has less left than is wanted. */
export function lackingOthers(
  wanted: Requests["others"],
  held: ReadonlyMap<string, number> | undefined,
  has: Requests["others"],
): readonly string[] {
  if (wanted === undefined) return [];
  return [...wanted]
    .filter(([name, sum]) => sum + (held?.get(name) ?? 0) > (has?.get(name) ?? 0))
    .map(([name]) => name);
}

/** Adds to sums, or takes away with -1. */
export function addOthers(sums: Map<string, number>, others: Requests["others"], sign: number): void {
  for (const [name, sum] of others ?? []) sums.set(name, (sums.get(name) ?? 0) + sign * sum);
}
