import type { Cluster } from "./cluster.ts";
import type { Node } from "./node-types.ts";
import { isFinished } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { type Allocatable, addOthers, allocatableOf, requestsOf } from "./resources.ts";

/** What the pods of a node hold (all that are bound and not finished, terminating ones too), and what it has. */
export interface NodeUsage {
  readonly count: number;
  /** Thousandths of a core. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  /** Resources of any other name; undefined: no pod has asked for any yet. */
  readonly others: Map<string, number> | undefined;
  readonly allocatable: Allocatable;
}

type OpenUsage = { -readonly [K in keyof NodeUsage]: NodeUsage[K] };

/**
 * Keeps the usage of each node: a change of a pod costs the same however many pods there are. The usage of
 * a node is one object for as long as the node is there, and always tells the present.
 */
export class UsageCache {
  private readonly usages = new Map<string, OpenUsage>();

  constructor(cluster: Cluster) {
    const { nodes, pods } = cluster.stores;
    for (const node of nodes.all()) this.see(node);
    for (const pod of pods.all()) this.count(pod, 1);
    nodes.log.observe(({ type, object }) => {
      const { name } = object.metadata;
      if (type !== "DELETED") this.see(object);
      else if (this.of(name).count === 0) this.usages.delete(name);
    });
    pods.log.observe(({ type, object, previous }) => {
      if (type === "MODIFIED" && previous !== undefined) {
        if (previous.spec === object.spec && previous.status.phase === object.status.phase) return;
      }
      if (previous !== undefined) this.count(previous, -1);
      if (type !== "DELETED") this.count(object, 1);
    });
  }

  of(node: string): NodeUsage {
    return this.open(node);
  }

  private open(node: string): OpenUsage {
    const known = this.usages.get(node);
    if (known !== undefined) return known;
    const allocatable = { cpu: 0, memory: 0, pods: 0, others: undefined };
    const usage = { count: 0, cpu: 0, memory: 0, others: undefined, allocatable };
    this.usages.set(node, usage);
    return usage;
  }

  private see(node: Node): void {
    this.open(node.metadata.name).allocatable = allocatableOf(node);
  }

  private count(pod: Pod, sign: 1 | -1): void {
    const { nodeName } = pod.spec;
    if (nodeName === undefined || isFinished(pod)) return;
    const usage = this.open(nodeName);
    const { cpu, memory, others } = requestsOf(pod.spec);
    usage.count += sign;
    usage.cpu += sign * cpu;
    usage.memory += sign * memory;
    if (others === undefined) return;
    usage.others ??= new Map();
    addOthers(usage.others, others, sign);
  }
}
