import type { Fleet } from "./aws/fleet.ts";
import type { Group, Instance } from "./aws/types.ts";
import { type Cluster, newMeta } from "./kubernetes/cluster.ts";
import { applyDefaults } from "./kubernetes/defaults.ts";
import { relatedUid } from "./kubernetes/heartbeats.ts";
import { kinds } from "./kubernetes/kinds.ts";
import type { Node } from "./kubernetes/node-types.ts";
import { firstConditions, isNodeReady, killKubelet, reviveKubelet } from "./kubernetes/nodes.ts";
import type { PodSpec } from "./kubernetes/pod-types.ts";

/**
 * Instances become Nodes and Nodes follow their instances: what kubelets and the cloud node lifecycle
 * loop do. A Node of the same name is taken over as it is: same UID, cordon and providerID.
 */
export class CloudNodes {
  private readonly cluster: Cluster;
  /** Instance that plays the kubelet of a node name. */
  private readonly kubelets = new Map<string, string>();
  instancesById: Fleet["instances"] = new Map();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    cluster.stores.nodes.log.observe(({ type, object }) => {
      if (type !== "DELETED" && !isNodeReady(object)) this.lookSoon(object.metadata.name);
    });
  }

  joined(instance: Instance, group: Group): void {
    const name = instance.dnsName;
    this.kubelets.set(name, instance.id);
    this.cluster.deadKubelets.delete(name);
    if (this.cluster.stores.nodes.get(undefined, name) === undefined) this.createNode(instance, group);
    this.cluster.agenda.after(this.cluster.timings.nodeReadyMs, () => {
      if (this.kubelets.get(name) !== instance.id || instance.state !== "running") return;
      reviveKubelet(this.cluster, name);
      this.createMirrorPods(name, group);
    });
  }

  /** The instance plays the kubelet of its Node already. */
  addKnown(instance: Instance): void {
    this.kubelets.set(instance.dnsName, instance.id);
  }

  stopping(instance: Instance): void {
    if (this.kubelets.get(instance.dnsName) !== instance.id) return;
    killKubelet(this.cluster, instance.dnsName);
  }

  terminated(instance: Instance): void {
    this.lookSoon(instance.dnsName);
  }

  /** Deletes a Node that is not Ready and whose own instance has ended. */
  private lookSoon(name: string): void {
    this.cluster.agenda.once(`cloud/${name}`, this.cluster.timings.cloudLoopMs, () => {
      const node = this.cluster.stores.nodes.get(undefined, name);
      if (node === undefined || isNodeReady(node)) return;
      const id = node.spec.providerID?.split("/").at(-1) ?? "";
      if (this.instancesById.get(id)?.state === "terminated") this.cluster.stores.nodes.remove(node);
    });
  }

  private createNode(instance: Instance, group: Group): void {
    const { shape } = group;
    const name = instance.dnsName;
    const resources = {
      cpu: "4",
      memory: "16Gi",
      "ephemeral-storage": "50Gi",
      pods: "58",
      ...shape.capacity,
    };
    const metadata = newMeta(this.cluster, kinds.nodes, { name, labels: labelsOf(instance, group) });
    const node: Node = {
      apiVersion: "v1",
      kind: "Node",
      metadata,
      spec: {
        providerID: `aws:///${instance.zone}/${instance.id}`,
        ...(shape.taints.length === 0 ? {} : { taints: shape.taints }),
      },
      status: {
        capacity: resources,
        allocatable: resources,
        conditions: firstConditions(this.cluster.agenda.now),
        addresses: [
          { type: "InternalIP", address: name.slice(3, name.indexOf(".")).replaceAll("-", ".") },
          { type: "Hostname", address: name },
          { type: "InternalDNS", address: name },
        ],
        nodeInfo: {
          ...machineOf(metadata.uid),
          kubeletVersion: shape.kubeletVersion,
          architecture: "amd64",
          operatingSystem: "linux",
          osImage: "Amazon Linux 2023",
          kernelVersion: "6.1.0",
          containerRuntimeVersion: "containerd://2.1.4",
        },
      },
    };
    this.cluster.stores.nodes.put(node);
  }

  private createMirrorPods(nodeName: string, group: Group): void {
    const node = this.cluster.stores.nodes.get(undefined, nodeName);
    if (node === undefined) return;
    for (const component of group.shape.mirrorPods) {
      const name = `${component}-${nodeName}`;
      const old = this.cluster.stores.pods.get("kube-system", name);
      if (old !== undefined) this.cluster.stores.pods.remove(old);
      this.createMirrorPod(component, name, node, group.shape.mirrorPodsReady);
    }
  }

  private createMirrorPod(component: string, name: string, node: Node, ready: string | undefined): void {
    this.cluster.stores.pods.put({
      apiVersion: "v1",
      kind: "Pod",
      metadata: newMeta(this.cluster, kinds.pods, {
        name,
        namespace: "kube-system",
        labels: { component, tier: "control-plane", "k8s-app": component },
        annotations: {
          "kubernetes.io/config.mirror": this.cluster.random.hexadecimal(32),
          "kubernetes.io/config.source": "file",
          ...(ready === undefined ? {} : { "rig/ready-delay": ready }),
        },
        ownerReferences: [
          {
            apiVersion: "v1",
            kind: "Node",
            name: node.metadata.name,
            uid: node.metadata.uid,
            controller: true,
          },
        ],
      }),
      spec: mirrorSpec(component, node.metadata.name),
      status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "True" }] },
    });
  }
}

/** As a kubelet sends it and the server completes it: admission gives a mirror pod no service account. */
function mirrorSpec(component: string, nodeName: string): PodSpec {
  const spec: PodSpec = {
    nodeName,
    hostNetwork: true,
    priorityClassName: "system-node-critical",
    priority: 2_000_001_000,
    preemptionPolicy: "PreemptLowerPriority",
    enableServiceLinks: true,
    tolerations: [{ operator: "Exists", effect: "NoExecute" }],
    containers: [{ name: component, image: `registry.k8s.io/${component}:v1.36.3` }],
  };
  const object = { spec: structuredClone(spec) };
  applyDefaults(kinds.pods, object);
  return object.spec;
}

/** Made of the digits of the Node's UID. */
function machineOf(uid: string): Readonly<Record<string, string>> {
  const other = relatedUid(uid);
  return { machineID: other.replaceAll("-", ""), systemUUID: `ec2${other.slice(3)}`, bootID: other };
}

function labelsOf(instance: Instance, group: Group): Readonly<Record<string, string>> {
  const { shape } = group;
  return {
    "kubernetes.io/hostname": instance.dnsName,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "topology.kubernetes.io/zone": instance.zone,
    "topology.kubernetes.io/region": instance.zone.slice(0, -1),
    "node.kubernetes.io/instance-type": instance.type,
    ...(shape.role === "" ? {} : { [`node-role.kubernetes.io/${shape.role}`]: "" }),
    "kops.k8s.io/instancegroup": group.name,
    ...shape.labels,
  };
}
