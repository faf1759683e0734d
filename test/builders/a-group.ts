import type { Claim, ClusterIdentity, GroupInstance, Node, ScalingGroup } from "#model/objects.ts";
import { FIXED_TIME, uidOf } from "./fixed.ts";

/** A scaling group "nodes-a" in account 123456789012 that holds the instances of these nodes. */
export function aGroup(
  fields: Partial<ScalingGroup> & { readonly nodes?: readonly Node[] } = {},
): ScalingGroup {
  const { nodes = [], ...rest } = fields;
  const name = fields.name ?? "nodes-a";
  const instances = fields.instances ?? nodes.map(instanceOf);
  return {
    name,
    arn: `arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:${uidOf(name)}:autoScalingGroupName/${name}`,
    region: "eu-west-1",
    accountId: "123456789012",
    min: 0,
    max: 10,
    desired: instances.length,
    zones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    launch: { template: "lt-0fixed", version: "2" },
    suspendedProcesses: [],
    instanceRefreshInProgress: false,
    instanceGroup: "",
    cluster: "k8s.example.com",
    ...rest,
    instances,
  };
}

/** The instance of a node, InService, launched from version 1. */
export function instanceOf(node: Node): GroupInstance {
  const [zone = "", id = ""] = node.providerId.split("/").slice(-2);
  return {
    id,
    zone,
    lifecycle: "InService",
    launchVersion: "1",
    instanceType: "m5.large",
    protectedFromScaleIn: false,
  };
}

/** A claim default/data whose volume may be mounted anywhere. */
export function aClaim(fields: Partial<Claim> = {}): Claim {
  const name = fields.name ?? "data";
  return { namespace: "default", name, volumeName: `volume-${name}`, nodeAffinity: [], ...fields };
}

/** A claim whose volume lies in one zone. */
export function aZonalClaim(zone: string, fields: Partial<Claim> = {}): Claim {
  const labels = {
    requirements: [{ key: "topology.kubernetes.io/zone", operator: "In" as const, values: [zone] }],
  };
  return aClaim({ nodeAffinity: [{ labels, nodeNames: null }], ...fields });
}

export function aCluster(fields: Partial<ClusterIdentity> = {}): ClusterIdentity {
  return {
    uid: uidOf(`Namespace kube-system ${FIXED_TIME}`),
    server: "https://k8s.example.com",
    caFingerprint: "",
    version: "v1.36.0",
    ...fields,
  };
}
