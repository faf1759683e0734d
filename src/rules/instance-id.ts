import type { Node } from "#model/objects.ts";

const AWS_PROVIDER_ID = /^aws:\/\/\/([a-z0-9-]*)\/(i-[0-9a-z]+)$/;

/** The EC2 instance id in spec.providerID ("aws:///ZONE/i-…"); "" where there is none. */
export function instanceIdOf(node: Node): string {
  return AWS_PROVIDER_ID.exec(node.providerId)?.[2] ?? "";
}

/** The node's zone: by its label, else by its providerID; "" where neither tells. */
export function zoneOf(node: Node): string {
  return (
    node.labels["topology.kubernetes.io/zone"] ??
    node.labels["failure-domain.beta.kubernetes.io/zone"] ??
    AWS_PROVIDER_ID.exec(node.providerId)?.[1] ??
    ""
  );
}

/** The instance type by the node's label; "" where there is none. */
export function instanceTypeOf(node: Node): string {
  return (
    node.labels["node.kubernetes.io/instance-type"] ?? node.labels["beta.kubernetes.io/instance-type"] ?? ""
  );
}
