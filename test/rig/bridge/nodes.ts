import type { ScenarioGroup } from "#world/scenario.ts";
import { callKubernetes, type KubernetesCall } from "../kubernetes-access.ts";
import type { FleetInstance } from "./fleet.ts";
import { mirrorPod } from "./mirror-pod.ts";
import { aliveLabel, nodeObject } from "./node-object.ts";
import type { BridgeSettings } from "./settings.ts";

/** What the bridge reads of a Node. */
interface RawNode {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly providerID?: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const ending: ReadonlySet<string> = new Set(["shutting-down", "terminated", "stopped", "stopping"]);

/** Makes the Nodes and mirror pods of running instances, and ends kubelets and Nodes of ended ones. */
export class Nodes {
  private readonly settings: BridgeSettings;
  /** An instance joins once: a Node that somebody deletes does not come back. */
  private readonly joined = new Set<string>();
  /** UIDs of Nodes that have still to get the mirror pods of their group. */
  private readonly bare = new Map<string, ScenarioGroup>();

  constructor(settings: BridgeSettings) {
    this.settings = settings;
  }

  async follow(
    instances: ReadonlyMap<string, FleetInstance>,
    mayJoin: (instance: FleetInstance) => boolean,
  ): Promise<void> {
    const nodes = await this.list();
    const standing = new Set(nodes.map(instanceOf));
    for (const instance of instances.values()) {
      if (standing.has(instance.id) || this.joined.has(instance.id) || !mayJoin(instance)) continue;
      await this.join(instance);
    }
    for (const node of nodes) {
      await this.end(node, instances.get(instanceOf(node))?.state ?? "terminated");
      await this.mirror(node);
    }
  }

  private async list(): Promise<readonly RawNode[]> {
    const body = await this.call({ path: "/api/v1/nodes" });
    const { items } = body as { readonly items: readonly RawNode[] };
    return items.filter((node) => instanceOf(node) !== "");
  }

  private groupOf(instance: FleetInstance): ScenarioGroup {
    const group = this.settings.groups.find(({ name }) => name === instance.group);
    if (!group) throw new Error(`instance ${instance.id} is of no group of the scenario: ${instance.group}`);
    return group;
  }

  private async join(instance: FleetInstance): Promise<void> {
    const group = this.groupOf(instance);
    const body = nodeObject(instance, group, this.settings.readyMilliseconds);
    const node = (await this.call({ method: "POST", path: "/api/v1/nodes", body })) as RawNode;
    this.joined.add(instance.id);
    this.bare.set(node.metadata.uid, group);
    say(`joined ${instance.dnsName} ${instance.id}`);
  }

  /** A kubelet mirrors its static pods as soon as its Node is there. */
  private async mirror({ metadata }: RawNode): Promise<void> {
    const group = this.bare.get(metadata.uid);
    for (const component of group?.mirrorPods ?? []) {
      const body = mirrorPod(component, metadata, group?.mirrorPodsReady);
      await this.call({ method: "POST", path: "/api/v1/namespaces/kube-system/pods", body }, [409]);
    }
    this.bare.delete(metadata.uid);
  }

  private async end(node: RawNode, state: string): Promise<void> {
    const path = `/api/v1/nodes/${node.metadata.name}`;
    if (ending.has(state) && node.metadata.labels?.[aliveLabel] !== undefined) {
      await this.call(
        { method: "PATCH", path, body: { metadata: { labels: { [aliveLabel]: null } } } },
        [404],
      );
      say(`kubelet dead ${node.metadata.name} ${state}`);
    }
    const ready = node.status.conditions?.find(({ type }) => type === "Ready")?.status ?? "Unknown";
    if (state !== "terminated" || ready === "True") return;
    // what the cloud controller does
    await this.call({ method: "DELETE", path }, [404]);
    say(`deleted ${node.metadata.name}`);
  }

  private async call(call: KubernetesCall, tolerated: readonly number[] = []): Promise<unknown> {
    const { status, body } = await callKubernetes(this.settings.access, call);
    if (status < 300 || tolerated.includes(status)) return body;
    throw new Error(`${call.method ?? "GET"} ${call.path}: HTTP ${status} ${JSON.stringify(body)}`);
  }
}

function instanceOf({ spec }: RawNode): string {
  return spec.providerID?.split("/").at(-1) ?? "";
}

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}
