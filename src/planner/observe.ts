import type { Budget, Node, Pod, ScalingGroup } from "#model/objects.ts";
import type {
  Observed,
  ObservedBudget,
  ObservedGroup,
  ObservedNode,
  ObservedPod,
  ObservedWorkload,
} from "#model/plan.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { budgetsOf, countsAgainst } from "#rules/budgets.ts";
import { byText, compareTexts, firstOf } from "#rules/compare.ts";
import { instanceTypeOf, zoneOf } from "#rules/instance-id.ts";
import { rolesOf } from "#rules/roles.ts";
import { podsOfRoot } from "#rules/root-owner.ts";
import { type Draft, isMoving, type JudgedPod, movingPods, type NodeDraft, nodeDrafts } from "./draft.ts";

/** What the plan rests on, with the fields that matter, so that drift can be named. Sorted. */
export function observe(draft: Draft): Observed {
  const pods = draft.lanes.flatMap((lane) => lane.pods);
  const moving = movingPods(draft);
  return {
    nodes: nodeDrafts(draft)
      .map(observeNode)
      .sort(byText((node) => node.name)),
    pods: pods.map((pod) => observePod(pod, draft.snapshot)).sort(byPath),
    workloads: observeWorkloads(moving, draft.snapshot),
    budgets: observeBudgets(moving, draft.snapshot),
    groups: observeGroups(draft),
  };
}

interface Named {
  readonly kind?: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

const byPath = firstOf<Named>(
  byText((object) => object.namespace),
  byText((object) => object.kind ?? ""),
  byText((object) => object.name),
  byText((object) => object.uid),
);

function observeNode({ node, instanceId, group }: NodeDraft): ObservedNode {
  const instance = group?.instances.find(({ id }) => id === instanceId);
  return {
    name: node.name,
    uid: node.uid,
    createdAt: node.createdAt,
    zone: zoneOf(node),
    instanceType: instance?.instanceType || instanceTypeOf(node),
    roles: rolesOf(node),
    kubeletVersion: node.kubeletVersion,
    unschedulable: node.unschedulable,
    ready: node.ready,
    instanceId,
    group: group?.name ?? "",
    launchVersion: instance?.launchVersion ?? "",
  };
}

function observePod(judged: JudgedPod, snapshot: Snapshot): ObservedPod {
  const { pod, owner, verdict } = judged;
  const budgets = isMoving(judged) ? budgetsOf(pod, snapshot) : [];
  return {
    namespace: pod.namespace,
    name: pod.name,
    uid: pod.uid,
    node: pod.nodeName,
    owner,
    priority: pod.priority,
    stays: verdict.kind === "stay" ? verdict.code : null,
    budgets: budgets.filter((budget) => countsAgainst(budget, pod)).map(({ name }) => name),
  };
}

function observeWorkloads(moving: readonly JudgedPod[], snapshot: Snapshot): readonly ObservedWorkload[] {
  const found = new Map<string, ObservedWorkload>();
  for (const { owner } of moving) {
    const workload = owner === null ? undefined : snapshot.workload(owner.uid);
    if (!workload || found.has(workload.uid)) continue;
    const ready = podsOfRoot(workload.uid, snapshot).filter(isServing);
    found.set(workload.uid, {
      kind: workload.kind,
      namespace: workload.namespace,
      name: workload.name,
      uid: workload.uid,
      replicas: workload.replicas,
      readyPods: ready.length,
    });
  }
  return [...found.values()].sort(byPath);
}

function isServing(pod: Pod): boolean {
  return pod.ready && pod.deletionAt === null;
}

function observeBudgets(moving: readonly JudgedPod[], snapshot: Snapshot): readonly ObservedBudget[] {
  const found = new Map<string, Budget>();
  for (const { pod } of moving) for (const budget of budgetsOf(pod, snapshot)) found.set(budget.uid, budget);
  return [...found.values()].map(observeBudget).sort(byPath);
}

function observeBudget(budget: Budget): ObservedBudget {
  return {
    namespace: budget.namespace,
    name: budget.name,
    uid: budget.uid,
    minAvailable: budget.minAvailable,
    maxUnavailable: budget.maxUnavailable,
    disruptionsAllowed: budget.disruptionsAllowed,
    currentHealthy: budget.currentHealthy,
    desiredHealthy: budget.desiredHealthy,
    expectedPods: budget.expectedPods,
  };
}

/** The groups of the planned nodes, whether or not something is terminated in them. */
function observeGroups(draft: Draft): readonly ObservedGroup[] {
  const groups = new Map<string, ScalingGroup>();
  for (const { group } of nodeDrafts(draft)) if (group) groups.set(group.name, group);
  return [...groups.values()]
    .map((group) => ({
      name: group.name,
      arn: group.arn,
      min: group.min,
      max: group.max,
      desired: group.desired,
      launchTemplate: group.launch.template,
      launchVersion: group.launch.version,
    }))
    .sort((a, b) => compareTexts(a.name, b.name));
}

/** Of the whole cluster: how large a part of it is rolled. */
export function countNodes(nodes: Iterable<Node>): number {
  return [...nodes].length;
}
