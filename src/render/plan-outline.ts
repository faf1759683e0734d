import type { ObjectRef } from "#model/objects.ts";
import type {
  EvictPodStep,
  Excluded,
  Lane,
  Observed,
  ObservedBudget,
  ObservedGroup,
  ObservedNode,
  ObservedPod,
  ObservedWorkload,
  Plan,
  PodTarget,
  Step,
} from "#model/plan.ts";
import { stayingPods } from "./staying-pods.ts";
import { pathOf } from "./words.ts";

/** A plan as people read it: by node, every eviction and its await folded into one row. */
export interface PlanOutline {
  readonly counts: PlanCounts;
  readonly lanes: readonly LaneOutline[];
  /** What targets match and nothing is done to, where no lane shows it. */
  readonly notRolled: readonly NotRolled[];
}

export type NotRolled = Pick<Excluded, "object" | "code">;

export interface PlanCounts {
  readonly nodes: number;
  readonly evictions: number;
  readonly terminations: number;
}

export interface LaneOutline {
  readonly lane: Lane;
  /** Of a node lane. */
  readonly node: ObservedNode | undefined;
  readonly group: ObservedGroup | undefined;
  readonly rows: readonly OutlineRow[];
  /** Pods of the node, or of the Pods target, that stay, with the reason. */
  readonly stays: readonly ObservedPod[];
}

export type OutlineRow =
  | { readonly kind: "cordon" }
  | EvictRow
  | { readonly kind: "terminate"; readonly instance: string; readonly group: string }
  | { readonly kind: "keep" };

export interface EvictRow {
  readonly kind: "evict";
  readonly pod: PodTarget;
  readonly owner: ObjectRef | null;
  /** The workload as it was seen; undefined where its kind keeps no count. */
  readonly workload: ObservedWorkload | undefined;
  readonly system: boolean;
  /** The pod above is of the same workload. */
  readonly followsSibling: boolean;
  /** Its replacement only gets a place on the node's successor. */
  readonly awaitsNewNode: boolean;
  /** The disruption budgets that count its eviction. */
  readonly budgets: readonly ObservedBudget[];
}

export function outlinePlan(plan: Plan): PlanOutline {
  const { content } = plan;
  const staying = stayingPods(content);
  const index = {
    nodes: new Map(content.observed.nodes.map((node) => [node.name, node])),
    groups: new Map(content.observed.groups.map((group) => [group.name, group])),
    workloads: new Map(content.observed.workloads.map((workload) => [workload.uid, workload])),
    steps: new Map(content.steps.map((step) => [step.id, step])),
    budgets: budgetsByPod(content.observed),
    staying: staying.byLane,
  };
  const stepsOf = groupByLane(content.steps);
  const lanes = content.lanes.map((lane) => outlineLane(lane, stepsOf.get(lane.id) ?? [], index));
  return {
    counts: countSteps(content.steps, content.lanes),
    lanes,
    notRolled: [...content.excluded, ...staying.ofSeveral.flatMap(notRolledPod)],
  };
}

const notRolledPod = ({ namespace, name, uid, stays }: ObservedPod): readonly NotRolled[] =>
  stays === null ? [] : [{ object: { kind: "Pod", namespace, name, uid }, code: stays }];

interface Index {
  readonly nodes: ReadonlyMap<string, ObservedNode>;
  readonly groups: ReadonlyMap<string, ObservedGroup>;
  readonly workloads: ReadonlyMap<string, ObservedWorkload>;
  readonly steps: ReadonlyMap<string, Step>;
  readonly budgets: ReadonlyMap<string, readonly ObservedBudget[]>;
  readonly staying: ReadonlyMap<string, readonly ObservedPod[]>;
}

function outlineLane(lane: Lane, steps: readonly Step[], index: Index): LaneOutline {
  const node = lane.kind === "node" ? index.nodes.get(lane.node) : undefined;
  return {
    lane,
    node,
    group: node && index.groups.get(node.group),
    rows: rowsOf(steps, index),
    stays: index.staying.get(lane.id) ?? [],
  };
}

function rowsOf(steps: readonly Step[], index: Index): readonly OutlineRow[] {
  const lateAwaits = new Set(
    steps.filter((step) => isLateAwait(step, index.steps)).map((step) => podUidOf(step)),
  );
  const rows: OutlineRow[] = [];
  for (const step of steps) {
    if (step.kind === "CordonNode") rows.push({ kind: "cordon" });
    if (step.kind === "EvictPod") rows.push(evictRow(step, rows.at(-1), index, lateAwaits));
    if (step.kind === "TerminateInstance") {
      rows.push({ kind: "terminate", instance: step.target.id, group: step.target.group });
    }
  }
  const drainsOnly = rows[0]?.kind === "cordon" && rows.at(-1)?.kind !== "terminate";
  return drainsOnly ? [...rows, { kind: "keep" }] : rows;
}

function evictRow(
  step: EvictPodStep,
  above: OutlineRow | undefined,
  index: Index,
  lateAwaits: ReadonlySet<string>,
): EvictRow {
  const { owner, target } = step;
  return {
    kind: "evict",
    pod: target,
    owner,
    workload: owner ? index.workloads.get(owner.uid) : undefined,
    system: step.reason.code === "R-SYSTEM-POD",
    followsSibling: above?.kind === "evict" && owner !== null && above.owner?.uid === owner.uid,
    awaitsNewNode: lateAwaits.has(target.uid),
    budgets: index.budgets.get(target.uid) ?? [],
  };
}

const podUidOf = (step: Step): string => (step.kind === "AwaitReplacement" ? step.target.uid : "");

const isLateAwait = (step: Step, steps: ReadonlyMap<string, Step>): boolean =>
  step.kind === "AwaitReplacement" && step.needs.some((id) => steps.get(id)?.kind === "AwaitNewNode");

function groupByLane(steps: readonly Step[]): ReadonlyMap<string, readonly Step[]> {
  const lanes = new Map<string, Step[]>();
  for (const step of steps) {
    const lane = lanes.get(step.lane);
    if (lane) lane.push(step);
    else lanes.set(step.lane, [step]);
  }
  return lanes;
}

/** By the pod's UID. */
function budgetsByPod({ pods, budgets }: Observed): ReadonlyMap<string, readonly ObservedBudget[]> {
  const byPath = new Map(budgets.map((budget) => [pathOf(budget), budget]));
  return new Map(
    pods.map(({ uid, namespace, budgets: names }) => [
      uid,
      names.map((name) => byPath.get(pathOf({ namespace, name }))).filter((budget) => budget !== undefined),
    ]),
  );
}

function countSteps(steps: readonly Step[], lanes: readonly Lane[]): PlanCounts {
  const of = (kind: Step["kind"]): number => steps.filter((step) => step.kind === kind).length;
  return {
    nodes: lanes.filter(({ kind }) => kind === "node").length,
    evictions: of("EvictPod"),
    terminations: of("TerminateInstance"),
  };
}
