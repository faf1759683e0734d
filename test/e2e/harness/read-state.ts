import type { LabelSelector, OwnerKey, PodState, WatchedState } from "./timeline.ts";

interface Condition {
  readonly type: string;
  readonly status: string;
}

/** The fields of a pod, node, budget or replica set that the judges look at. */
export interface RawObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly OwnerReference[];
  };
  readonly spec?: {
    readonly nodeName?: string;
    readonly providerID?: string;
    readonly unschedulable?: boolean;
    /** Of leases; null or absent where nobody holds it. */
    readonly holderIdentity?: string | null;
    readonly selector?: LabelSelector;
  };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly desiredHealthy?: number;
    readonly disruptionsAllowed?: number;
  };
}

interface OwnerReference {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

export function ownerReference(object: RawObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller);
}

/** Its Ready condition is True and nobody has begun to delete it. */
export function isReady(object: RawObject): boolean {
  const ready = object.status?.conditions?.find((condition) => condition.type === "Ready");
  return ready?.status === "True" && object.metadata.deletionTimestamp === undefined;
}

/** `deployments`: UID of a replica set → the key of the deployment that owns it. */
export function stateOf(
  kind: WatchedState["kind"],
  object: RawObject,
  deployments: ReadonlyMap<string, OwnerKey>,
): WatchedState {
  const { name, uid, namespace = "" } = object.metadata;
  switch (kind) {
    case "Pod":
      return podState(object, deployments);
    case "Node":
      return {
        kind,
        name,
        uid,
        providerId: object.spec?.providerID ?? "",
        ready: isReady(object),
        cordoned: object.spec?.unschedulable ?? false,
      };
    case "Budget":
      return {
        kind,
        name,
        namespace,
        uid,
        selector: object.spec?.selector ?? {},
        desiredHealthy: object.status?.desiredHealthy ?? 0,
        disruptionsAllowed: object.status?.disruptionsAllowed ?? 0,
      };
  }
}

function podState(object: RawObject, deployments: ReadonlyMap<string, OwnerKey>): PodState {
  const { name, uid, namespace = "", labels = {}, deletionTimestamp } = object.metadata;
  const owner = ownerReference(object);
  const terminating = deletionTimestamp !== undefined;
  return {
    kind: "Pod",
    namespace,
    name,
    uid,
    node: object.spec?.nodeName,
    owner: owner ? (deployments.get(owner.uid) ?? `${owner.kind} ${namespace}/${owner.name}`) : "",
    labels,
    ready: isReady(object),
    terminating,
  };
}
