import type { Cluster } from "./cluster.ts";
import { isFinished } from "./pod-state.ts";
import { requestsOf } from "./resources.ts";
import type { Pod } from "./types.ts";

/** What the pods of a node hold: all that are bound and not finished, terminating ones too. */
export interface NodeUsage {
  readonly pods: readonly Pod[];
  readonly cpu: number;
  readonly memory: number;
}

/** Keeps the usage of each node until one of its pods changes. */
export class UsageCache {
  private readonly cluster: Cluster;
  private readonly usages = new Map<string, NodeUsage>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    cluster.stores.pods.log.observe(({ object }) => {
      if (object.spec.nodeName !== undefined) this.usages.delete(object.spec.nodeName);
    });
  }

  of(node: string): NodeUsage {
    const known = this.usages.get(node);
    if (known !== undefined) return known;
    const pods = this.cluster.stores.pods.onNode(node).filter((pod) => !isFinished(pod));
    let cpu = 0;
    let memory = 0;
    for (const pod of pods) {
      const requests = requestsOf(pod.spec);
      cpu += requests.cpu;
      memory += requests.memory;
    }
    const usage = { pods, cpu, memory };
    this.usages.set(node, usage);
    return usage;
  }
}
