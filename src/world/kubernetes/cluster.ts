import type { Agenda } from "../agenda.ts";
import type { Random } from "../random.ts";
import { timestamp } from "../time.ts";
import type { Timings } from "../timings.ts";
import type { KnownToken } from "./access-policy.ts";
import type { KindTypes, Plural } from "./kind-types.ts";
import type { KindInfo } from "./kinds.ts";
import type { EventRecorder } from "./notice.ts";
import type { Meta, OwnerReference, Resource } from "./object-types.ts";
import type { Pod } from "./pod-types.ts";
import type { Store, VersionCounter } from "./store.ts";

export type Stores = { readonly [P in Plural]: Store<KindTypes[P]> };

/** What can be wrong with a pod, laid on it by a test. */
export type Affliction = "neverReady" | "crashLoop" | "stuckTerminating";

/** Controllers that a test can hold still. */
export type ControllerName = "budgets" | "scheduler" | "replicasets" | "statefulsets" | "launches";

/** Something dextre's user may not do; absent members match everything. */
export interface Denial {
  readonly verb?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
}

/** Everything that the Kubernetes half shares: state, time and chance. */
export interface Cluster {
  readonly agenda: Agenda;
  readonly random: Random;
  readonly counter: VersionCounter;
  readonly stores: Stores;
  readonly timings: Timings;
  /** Names of nodes whose kubelet does nothing any more. */
  readonly deadKubelets: Set<string>;
  readonly held: Set<ControllerName>;
  readonly denials: Denial[];
  /** Of the scenario's identities and of service accounts. */
  readonly tokens: Map<string, KnownToken>;
  /** Makes a secret; by the world's chance, unless whoever serves it has better. */
  newToken: () => string;
  /** Where events about objects go; undefined: nobody reads them. */
  recorder?: EventRecorder | undefined;
  afflictionOf(pod: Pod): Affliction | undefined;
}

/** Of a body or a controller's draft: what the server fills in is still missing. */
export interface DraftMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly generateName?: string;
}

/** Gives a new object its identity. */
export function newMeta(cluster: Cluster, info: KindInfo, draft: DraftMeta): Meta {
  return {
    ...draft,
    uid: cluster.random.uid(),
    resourceVersion: "",
    ...(info.hasGeneration ? { generation: 1 } : {}),
    creationTimestamp: timestamp(cluster.agenda.now),
  };
}

export function ownerReference(owner: Resource): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function storeOf(cluster: Cluster, plural: Plural): Store<Resource> {
  const stores: Readonly<Record<string, unknown>> = cluster.stores;
  return stores[plural] as Store<Resource>;
}

/** How long the garbage collector takes to notice that an owner has gone, ms. Source: belief. */
export const collectorMs = 100;

/** A delay drawn from [low, high] ms. */
export function draw(cluster: Cluster, range: readonly [number, number]): number {
  return cluster.random.between(range[0], range[1]);
}

/** Tells people about an object, as an Event from this program. */
export function tell(
  cluster: Cluster,
  about: Resource,
  [component, type, reason]: readonly [string, "Normal" | "Warning", string],
  message: string,
): void {
  cluster.recorder?.record(about, { type, reason, message, component });
}
