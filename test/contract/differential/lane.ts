import { type Body, mustSend, send, until } from "../api.ts";
import { newNamespace } from "../run-contract.ts";
import type { Namespaced, Subject } from "../subject.ts";
import type { Sequence } from "./operation.ts";

/** A namespace and a group of two nodes that a sequence has to itself. */
export interface Lane extends Namespaced {
  readonly group: string;
  /** The kinds that the sequence makes, in their plural: nothing else is read. */
  readonly plurals: ReadonlySet<string>;
  /** Names that the world made up, and the words for them, as far as they have been seen. */
  readonly names: Map<string, string>;
  /** UIDs of nodes whose instances the sequence ended: for some seconds nothing shows it. */
  readonly ended: Set<string>;
}

/** The nodes of the lane: 0 is the one in the first zone. */
export async function nodesOf({ subject, group }: Lane): Promise<readonly Body[]> {
  const query = { labelSelector: `kops.k8s.io/instancegroup=${group}` };
  const nodes = (await mustSend(subject, "GET", "/api/v1/nodes", undefined, { query })).items ?? [];
  const zone = ({ metadata }: Body): string => metadata.labels?.["topology.kubernetes.io/zone"] ?? "";
  return nodes.toSorted((left, right) => (zone(left) < zone(right) ? -1 : 1));
}

/** A lane with a fresh namespace; its nodes stand, Ready and not cordoned. */
export async function openLane(
  subject: Subject,
  group: string,
  namespace: string,
  { operations }: Sequence,
): Promise<Lane> {
  const made = operations.flatMap((operation) => (operation.kind === "create" ? [operation.plural] : []));
  const plurals = new Set(["pods", ...made, ...(made.includes("deployments") ? ["replicasets"] : [])]);
  return {
    ...(await newNamespace(subject, namespace)),
    group,
    plurals,
    names: new Map([[group, "GROUP"]]),
    ended: new Set(),
  };
}

/** Leaves the nodes as they were; the namespace goes by itself. */
export async function closeLane(lane: Lane): Promise<void> {
  const { subject, namespace } = lane;
  await send(subject, "DELETE", `/api/v1/namespaces/${namespace}`);
  const path = `/api/v1/namespaces/${namespace}/pods`;
  // the next sequence needs the room on the nodes
  await until(subject, "the end of its pods", async () => {
    const { items = [] } = await mustSend(subject, "GET", path);
    return items.length === 0 || undefined;
  });
  const nodes = await until(
    subject,
    `the nodes of ${lane.group}`,
    async () => {
      const found = await nodesOf(lane);
      return found.length === 2 && found.every(isReadyNode) ? found : undefined;
    },
    180,
  );
  for (const { metadata, spec } of nodes) {
    const taints = (spec?.taints ?? []) as readonly unknown[];
    if (taints.length === 0 && metadata.labels?.["example.io/colour"] === undefined) continue;
    const clean = {
      metadata: { labels: { "example.io/colour": null } },
      spec: { unschedulable: null, taints: null },
    };
    await send(subject, "PATCH", `/api/v1/nodes/${metadata.name}`, clean);
  }
}

export function isReadyNode(node: Body): boolean {
  const conditions = (node.status as { readonly conditions?: readonly { type: string; status: string }[] })
    .conditions;
  return conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
}
