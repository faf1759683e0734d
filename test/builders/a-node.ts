import type { Node } from "#model/objects.ts";
import { FIXED_TIME, uidOf } from "./fixed.ts";

/** A Ready worker node "node-1" in eu-west-1a, with an instance id that follows from its name. */
export function aNode(fields: Partial<Node> & { readonly zone?: string } = {}): Node {
  const { zone = "eu-west-1a", ...rest } = fields;
  const name = fields.name ?? "node-1";
  return {
    name,
    uid: uidOf(`Node ${name}`),
    resourceVersion: "1",
    createdAt: FIXED_TIME,
    unschedulable: false,
    unschedulableSetBy: null,
    taints: [],
    providerId: `aws:///${zone}/${instanceIdOf(name)}`,
    ready: "True",
    readySince: FIXED_TIME,
    allocatable: { cpuMillis: 4000, memoryBytes: 16 * 2 ** 30, pods: 110 },
    kubeletVersion: "v1.35.2",
    terminating: false,
    cordonMarker: null,
    scaleDownDisabled: null,
    ...rest,
    labels: {
      "kubernetes.io/hostname": name,
      "node-role.kubernetes.io/node": "",
      "node.kubernetes.io/instance-type": "m5.large",
      "topology.kubernetes.io/zone": zone,
      ...rest.labels,
    },
  };
}

/** A control-plane node, tainted as kubeadm does. */
export function aControlPlaneNode(fields: Partial<Node> & { readonly zone?: string } = {}): Node {
  const node = aNode({ name: "master-1", ...fields });
  const { "node-role.kubernetes.io/node": _worker, ...labels } = node.labels;
  return {
    ...node,
    labels: { ...labels, "node-role.kubernetes.io/control-plane": "" },
    taints: fields.taints ?? [
      { key: "node-role.kubernetes.io/control-plane", value: "", effect: "NoSchedule" },
    ],
  };
}

/** The instance that aNode gives a node of this name. */
export function instanceIdOf(nodeName: string): string {
  return `i-0${uidOf(nodeName).replaceAll("-", "").slice(0, 16)}`;
}
