/** A controller at the root of a pod's owners, "Deployment default/web"; "" for pods without. */
export type OwnerKey = string;

export interface PodState {
  readonly kind: "Pod";
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** undefined while not scheduled */
  readonly node: string | undefined;
  readonly owner: OwnerKey;
  readonly labels: Readonly<Record<string, string>>;
  /** Its Ready condition is True and it is not terminating. */
  readonly ready: boolean;
  readonly terminating: boolean;
}

export interface NodeState {
  readonly kind: "Node";
  readonly name: string;
  readonly uid: string;
  readonly providerId: string;
  readonly ready: boolean;
  readonly cordoned: boolean;
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    readonly values?: readonly string[];
  }[];
}

export interface BudgetState {
  readonly kind: "Budget";
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly selector: LabelSelector;
  /** The floor, as the disruption controller computes it from the spec. */
  readonly desiredHealthy: number;
  /** As the disruption controller counts; it follows the pods a moment later. */
  readonly disruptionsAllowed: number;
}

export type WatchedState = PodState | NodeState | BudgetState;

export interface TimelineEvent {
  /** etcd's revision: one order over all kinds, free of clocks. */
  readonly revision: number;
  /** When the judge received it, epoch milliseconds; a little after the fact. */
  readonly at: number;
  readonly change: "added" | "modified" | "deleted";
  readonly state: WatchedState;
}

/** What happened to pods, nodes and budgets, in the server's order. */
export interface Timeline {
  /** Events up to here rebuild what stood when the judge began to look; later ones are judged. */
  readonly startRevision: number;
  readonly events: readonly TimelineEvent[];
}

/** All that stands at one instant, by UID. */
export interface Moment {
  readonly pods: ReadonlyMap<string, PodState>;
  readonly nodes: ReadonlyMap<string, NodeState>;
  readonly budgets: ReadonlyMap<string, BudgetState>;
}

/**
 * Plays the timeline. `visit` sees each judged event just before and just after it: the same living
 * maps, so it must copy what it keeps.
 */
export function replay(
  timeline: Timeline,
  visit: {
    readonly before?: (moment: Moment, event: TimelineEvent) => void;
    readonly after?: (moment: Moment, event: TimelineEvent) => void;
  },
): void {
  const moment = {
    pods: new Map<string, PodState>(),
    nodes: new Map<string, NodeState>(),
    budgets: new Map<string, BudgetState>(),
  };
  for (const event of timeline.events) {
    const judged = event.revision > timeline.startRevision;
    if (judged) visit.before?.(moment, event);
    put(moment, event);
    if (judged) visit.after?.(moment, event);
  }
}

function put(
  moment: {
    readonly pods: Map<string, PodState>;
    readonly nodes: Map<string, NodeState>;
    readonly budgets: Map<string, BudgetState>;
  },
  { change, state }: TimelineEvent,
): void {
  const gone = change === "deleted";
  switch (state.kind) {
    case "Pod":
      return void (gone ? moment.pods.delete(state.uid) : moment.pods.set(state.uid, state));
    case "Node":
      return void (gone ? moment.nodes.delete(state.uid) : moment.nodes.set(state.uid, state));
    case "Budget":
      return void (gone ? moment.budgets.delete(state.uid) : moment.budgets.set(state.uid, state));
  }
}

/** When things happened to one pod, epoch milliseconds as received; undefined where not seen. */
export interface PodHistory {
  readonly pod: PodState;
  readonly readyAt: number | undefined;
  readonly terminatingAt: number | undefined;
  readonly goneAt: number | undefined;
}

/** The history of every pod that was ever seen, by UID. */
export function podHistories(timeline: Timeline): ReadonlyMap<string, PodHistory> {
  const histories = new Map<string, PodHistory>();
  for (const { state, at, change } of timeline.events) {
    if (state.kind !== "Pod") continue;
    const known = histories.get(state.uid);
    histories.set(state.uid, {
      pod: state,
      readyAt: known?.readyAt ?? (state.ready ? at : undefined),
      terminatingAt: known?.terminatingAt ?? (state.terminating ? at : undefined),
      goneAt: change === "deleted" ? at : known?.goneAt,
    });
  }
  return histories;
}
