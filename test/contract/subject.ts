import type { AwsWire, KubernetesWire } from "#gateway/wire.ts";

/** The cluster under contract: the embedded one or a real control plane. Its time may pass faster than ours. */
export interface Subject {
  readonly name: string;
  /** Both wires as the cluster's administrator. */
  readonly kubernetes: KubernetesWire;
  readonly aws: AwsWire;
  /** The API server as whoever the token is of. */
  withToken(token: string): KubernetesWire;
  /** The cluster's own time: ms since some beginning; sleeping takes that long there. */
  readonly clock: SubjectClock;
  readonly admin: Admin;
  /** Deadlines are multiplied by it: 1 where a slow machine does not make the cluster's time pass. */
  readonly patience: number;
  /** Whether upper bounds of times can be held. */
  readonly isPunctual: boolean;
  /** Begins the names of namespaces: what ran before on the same cluster had another. */
  readonly prefix: string;
}

export interface SubjectClock {
  monotonic(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** What no wire of dextre's can do to a cluster. */
export interface Admin {
  /** The controllers stand still, or go on. The API server, the scheduler and the kubelets are as ever. */
  holdControllers(held: boolean): Promise<void>;
  /** Forgets history. Nobody else reads old versions meanwhile. */
  compact(): Promise<void>;
  /** The node's kubelet falls silent, or is heard again. */
  silenceNode(name: string, silent: boolean): Promise<void>;
  setDesired(group: string, desired: number): Promise<void>;
  /** The next launch of the group fails for want of capacity. */
  failNextLaunch(group: string): Promise<void>;
  /** The next termination is refused: another activity of the group goes on. */
  refuseNextTermination(): Promise<void>;
  /** Reads of groups are throttled, all of them or none. */
  throttleGroups(isThrottled: boolean): Promise<void>;
  /** The group's Launch process is suspended, or resumed. */
  suspendLaunches(group: string, isSuspended: boolean): Promise<void>;
  /** The instance is protected from scale-in, or is not. */
  protect(group: string, instance: string, isProtected: boolean): Promise<void>;
  /** A hook holds the group's instances on their way out, an hour if nobody goes on; or there is none. */
  holdTerminations(group: string, isHeld: boolean): Promise<void>;
  /** What waited for the hook goes on. */
  completeTermination(group: string, instance: string): Promise<void>;
  /** An instance refresh is on the group's list. */
  listRefresh(group: string, status: string): Promise<void>;
}

/** A promise of the contract: a sentence, and what shows it. */
export interface ContractCase {
  readonly sentence: string;
  /** The case runs alone, with the controllers held: as the eviction table was measured. */
  readonly isStill?: boolean;
  /** The case runs alone: it touches what all share, or counts it. */
  readonly isAlone?: boolean;
  /** The group whose nodes it changes; cases of one group run one after the other. */
  readonly changes?: string;
  show(cluster: Namespaced): Promise<void>;
}

/** A subject and a namespace of the case's own. */
export interface Namespaced {
  readonly subject: Subject;
  readonly namespace: string;
}
