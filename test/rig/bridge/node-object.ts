import type { ScenarioGroup } from "#world/scenario.ts";
import type { FleetInstance } from "./fleet.ts";

/** While a Node has it, kwok plays its kubelet. */
export const aliveLabel = "kwok.x-k8s.io/alive";

/** A group's tag that becomes the label behind it. Source: cluster-autoscaler's AWS provider; kOps sets them. */
export const labelTag = "k8s.io/cluster-autoscaler/node-template/label/";

/** The Node that the kubelet of this instance registers, not Ready yet. */
export function nodeObject(
  instance: FleetInstance,
  group: ScenarioGroup,
  readyMilliseconds: number,
): Readonly<Record<string, unknown>> {
  const capacity = { cpu: "4", memory: "16Gi", "ephemeral-storage": "50Gi", pods: "58", ...group.capacity };
  return {
    metadata: {
      name: instance.dnsName,
      labels: labelsOf(instance, group),
      annotations: {
        "rig/node-ready-delay": `${readyMilliseconds}ms`,
        ...(group.kubeletVersion === undefined ? {} : { "rig/kubelet-version": group.kubeletVersion }),
      },
    },
    spec: { providerID: `aws:///${instance.zone}/${instance.id}`, taints: group.taints ?? [] },
    status: { capacity, allocatable: capacity },
  };
}

function labelsOf(
  { dnsName, zone, type, tags }: FleetInstance,
  { role = "node", labels }: ScenarioGroup,
): Readonly<Record<string, string>> {
  const tagged = [...tags].filter(([key]) => key.startsWith(labelTag));
  return {
    [aliveLabel]: "true",
    "kubernetes.io/hostname": dnsName,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "topology.kubernetes.io/zone": zone,
    "topology.kubernetes.io/region": zone.slice(0, -1),
    "node.kubernetes.io/instance-type": type,
    [`node-role.kubernetes.io/${role}`]: "",
    ...Object.fromEntries(tagged.map(([key, value]) => [key.slice(labelTag.length), value])),
    ...labels,
  };
}
