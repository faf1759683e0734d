import { freezeJson } from "../json.ts";
import { microTimestamp, parseTimestamp, timestamp } from "../time.ts";
import { type Cluster, collectorMs } from "./cluster.ts";
import type { Plural } from "./kind-types.ts";
import type { Lease, Node } from "./node-types.ts";
import type { Condition, Resource } from "./object-types.ts";

/**
 * Kubelets tell that they live every few seconds. Written down, that would keep a quiet world busy, so it is
 * worked out when somebody reads: objects are stored as of their last change, and what is read of a living
 * kubelet's Node and Lease shows its latest heartbeat. A resourceVersion does not move for it, no watch tells
 * of it. A kubelet that dies leaves its last heartbeat behind in the Lease.
 */

const leaseNamespace = "kube-node-lease";
/** Source: kubelet nodeLeaseDurationSeconds. */
const leaseDurationSeconds = 40;
/** A quarter of the lease. Source: kubelet nodeLeaseRenewIntervalFraction. */
const renewalMs = (leaseDurationSeconds * 1000) / 4;
/** Source: kubelet nodeStatusReportFrequency. */
const statusReportMs = 5 * 60_000;

interface Shown {
  /** ms since epoch: the heartbeat that it shows. */
  readonly beat: number;
  readonly object: Resource;
}

const latest = new WeakMap<Resource, Shown>();

/** An object as somebody reads it now. */
export function asRead(cluster: Cluster, plural: Plural, object: Resource): Resource {
  if (plural === "nodes") return nodeAsRead(cluster, object as Node);
  const isLease = plural === "leases" && object.metadata.namespace === leaseNamespace;
  return isLease ? leaseAsRead(cluster, object as Lease) : object;
}

/** A Node with the time at which its kubelet last told of its conditions. */
export function nodeAsRead(cluster: Cluster, node: Node): Node {
  const told = toldAt(node.status.conditions ?? []);
  const { name } = node.metadata;
  const until = cluster.deadKubelets.has(name) ? diedAt(cluster, name) : cluster.agenda.now;
  if (told === undefined || until === undefined) return node;
  const beat = lastBeat(told, until, statusReportMs);
  return beat === told ? node : (shownAt(node, beat, withConditionsOf) as Node);
}

/** When the kubelet last wrote its conditions, ms since epoch; undefined: somebody else did, or nobody. */
function toldAt(conditions: readonly Condition[]): number | undefined {
  let told: number | undefined;
  for (const { status, lastHeartbeatTime } of conditions) {
    if (status === "Unknown" || lastHeartbeatTime === undefined) continue;
    told = Math.max(told ?? 0, parseTimestamp(lastHeartbeatTime));
  }
  return told;
}

function diedAt(cluster: Cluster, node: string): number | undefined {
  const renewed = cluster.stores.leases.get(leaseNamespace, node)?.spec?.renewTime;
  return renewed === undefined ? undefined : parseTimestamp(renewed);
}

function withConditionsOf(object: Resource, beat: number): Node {
  const node = object as Node;
  const conditions = node.status.conditions?.map((condition) =>
    condition.status === "Unknown" || condition.lastHeartbeatTime === undefined
      ? condition
      : { ...condition, lastHeartbeatTime: timestamp(beat) },
  );
  return { ...node, status: { ...node.status, ...(conditions === undefined ? {} : { conditions }) } };
}

function leaseAsRead(cluster: Cluster, lease: Lease): Lease {
  const node = cluster.stores.nodes.get(undefined, lease.metadata.name);
  if (node === undefined || cluster.deadKubelets.has(node.metadata.name) || !isOf(lease, node)) return lease;
  return shownAt(lease, renewedAt(lease, cluster.agenda.now), renewed) as Lease;
}

function renewedAt({ metadata }: Lease, now: number): number {
  return lastBeat(parseTimestamp(metadata.creationTimestamp ?? ""), now, renewalMs);
}

function renewed(object: Resource, beat: number): Lease {
  const lease = object as Lease;
  return { ...lease, spec: { ...lease.spec, renewTime: microTimestamp(beat) } };
}

/** The same object as long as the heartbeat is the same. */
function shownAt(
  object: Resource,
  beat: number,
  make: (object: Resource, beat: number) => Resource,
): Resource {
  const known = latest.get(object);
  if (known?.beat === beat) return known.object;
  const shown = { beat, object: freezeJson(make(object, beat)) };
  latest.set(object, shown);
  return shown.object;
}

function lastBeat(first: number, now: number, period: number): number {
  return first + Math.max(0, Math.floor((now - first) / period)) * period;
}

function isOf({ metadata }: Lease, node: Node): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === node.metadata.uid) === true;
}

/** The kubelet of this Node sees to it that its Lease is there. Draws no chance. */
export function keepLease(cluster: Cluster, node: Node): void {
  const { name, uid } = node.metadata;
  const { leases } = cluster.stores;
  const known = leases.get(leaseNamespace, name);
  if (cluster.deadKubelets.has(name) || (known !== undefined && isOf(known, node))) return;
  if (known !== undefined) leases.remove(known);
  const { now } = cluster.agenda;
  leases.put({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name,
      namespace: leaseNamespace,
      uid: relatedUid(uid),
      resourceVersion: "",
      creationTimestamp: timestamp(now),
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid }],
    },
    spec: { holderIdentity: name, leaseDurationSeconds, renewTime: microTimestamp(now) },
  });
}

/**
 * A Lease goes with its Node, by the garbage collector; one that somebody else deletes comes back with its
 * kubelet's next heartbeat.
 */
export function runLeases(cluster: Cluster): void {
  cluster.stores.nodes.log.observe(({ type, object }) => {
    if (type !== "DELETED") return;
    cluster.agenda.after(collectorMs, () => {
      const lease = cluster.stores.leases.get(leaseNamespace, object.metadata.name);
      if (lease !== undefined && isOf(lease, object)) cluster.stores.leases.remove(lease);
    });
  });
  cluster.stores.leases.log.observe(({ type, object }) => {
    const { name, namespace } = object.metadata;
    if (type !== "DELETED" || namespace !== leaseNamespace) return;
    if (cluster.stores.nodes.get(undefined, name) === undefined) return;
    cluster.agenda.once(`lease/${name}`, renewalMs, () => {
      const node = cluster.stores.nodes.get(undefined, name);
      const home = cluster.stores.namespaces.get(undefined, leaseNamespace);
      if (node !== undefined && home?.status.phase === "Active") keepLease(cluster, node);
    });
  });
}

/** The kubelet dies now, unless it was dead before: its Lease keeps the last heartbeat. */
export function silence(cluster: Cluster, name: string): void {
  const lease = cluster.stores.leases.get(leaseNamespace, name);
  if (lease !== undefined) {
    const last = leaseAsRead(cluster, lease);
    if (last.spec?.renewTime !== lease.spec?.renewTime) cluster.stores.leases.put(last);
  }
  cluster.deadKubelets.add(name);
}

/** Another UID, made of the same digits: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee" → "eeeeeeee-bbbb-cccc-dddd-eeeeaaaaaaaa" */
export function relatedUid(uid: string): string {
  const [first = "", second = "", third = "", fourth = "", last = ""] = uid.split("-");
  return [last.slice(0, 8), second, third, fourth, last.slice(8) + first].join("-");
}
