import type { Code } from "#model/codes.ts";
import type { Budget, ClusterIdentity, Node, Pod, ScalingGroup } from "#model/objects.ts";
import type { NodeLane, ObservedBudget, ObservedNode, PlanContent } from "#model/plan.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { budgetsOf, countsAgainst, neverAllows } from "./budgets.ts";
import { compareTexts } from "./compare.ts";
import { instanceIdOf } from "./instance-id.ts";
import { matchesSelector } from "./selector.ts";
import { matchesTarget, whyRefused } from "./target-nodes.ts";

/** One thing that is no longer as the plan saw it. `field` names it; lane null: the whole run. */
export interface Drift {
  readonly class: "identity" | "hard" | "benign";
  readonly code: Code;
  readonly lane: string | null;
  readonly message: string;
}

/** Is this the cluster that the plan was made for? No flag overrides a "no". */
export function judgeIdentity(content: PlanContent, identity: ClusterIdentity): readonly Drift[] {
  if (identity.uid !== content.cluster.uid) {
    return [
      {
        class: "identity",
        code: "E-PLAN-OTHER-CLUSTER",
        lane: null,
        message: [
          "the cluster is not the one that the plan was made for",
          `the plan's is ${content.cluster.server}, where namespace kube-system has uid ${content.cluster.uid}`,
          `this one is ${identity.server}, where it has uid ${identity.uid}`,
          "choose the right cluster with --context or --kubeconfig, or make a new plan for this one",
        ].join("; "),
      },
    ];
  }
  const differs = identity.caFingerprint !== content.cluster.caFingerprint;
  if (!differs) return [];
  return [
    {
      class: "benign",
      code: "W-CA-DIFFERS",
      lane: null,
      message: `the certificate authority is ${identity.caFingerprint || "the system's"}, the plan saw ${content.cluster.caFingerprint || "the system's"}`,
    },
  ];
}

/**
 * Account, region and launch template of the groups in which instances are terminated. Of all groups
 * of the plan, or of the one named.
 */
export function judgeGroups(
  content: PlanContent,
  groups: readonly ScalingGroup[],
  only?: string,
): readonly Drift[] {
  const found: Drift[] = [];
  for (const planned of content.observed.groups) {
    if (only !== undefined && planned.name !== only) continue;
    const group = groups.find((one) => one.name === planned.name);
    if (!group) {
      found.push(...lanesOfGroup(content, planned.name).map((lane) => gone(lane, planned.name)));
      continue;
    }
    if (placeOf(group.arn) !== placeOf(planned.arn)) {
      found.push({
        class: "identity",
        code: "E-PLAN-OTHER-ACCOUNT",
        lane: null,
        message: `group ${planned.name} is ${group.arn}, the plan saw ${planned.arn}; use the credentials and the region of the plan, or make a new plan`,
      });
    } else if (group.arn !== planned.arn) {
      found.push(...lanesOfGroup(content, planned.name).map((lane) => gone(lane, planned.name)));
    }
    const launch = `${group.launch.template} version ${group.launch.version}`;
    const before = `${planned.launchTemplate} version ${planned.launchVersion}`;
    if (launch !== before) {
      for (const lane of lanesOfGroup(content, planned.name)) {
        found.push({
          class: "hard",
          code: "D-LAUNCH-TEMPLATE",
          lane,
          message: `group ${planned.name} launches ${launch} now, the plan saw ${before}`,
        });
      }
    }
    found.push(...capacityChanges(planned, group));
  }
  return found;
}

/** Account and region of an ARN: "arn:aws:autoscaling:REGION:ACCOUNT:…". */
function placeOf(arn: string): string {
  return arn.split(":").slice(3, 5).join(" ");
}

function gone(lane: string, group: string): Drift {
  return { class: "hard", code: "E-GROUP-UNKNOWN", lane, message: `there is no group ${group} any more` };
}

function lanesOfGroup(content: PlanContent, group: string): readonly string[] {
  const nodes = new Set(
    content.observed.nodes.filter((node) => node.group === group).map((node) => node.name),
  );
  return content.lanes.filter((lane) => lane.kind === "node" && nodes.has(lane.node)).map((lane) => lane.id);
}

function capacityChanges(
  planned: PlanContent["observed"]["groups"][number],
  group: ScalingGroup,
): readonly Drift[] {
  const changes = (["desired", "min", "max"] as const)
    .filter((field) => planned[field] !== group[field])
    .map((field) => `${field} ${planned[field]} → ${group[field]}`);
  if (changes.length === 0) return [];
  const message = `group ${planned.name}: ${changes.join(", ")}; left as it is`;
  return [{ class: "benign", code: "D-CAPACITY-CHANGED", lane: null, message }];
}

/** Nodes that match a target now and were not there for the plan: reported, left alone. */
export function judgeNewNodes(
  content: PlanContent,
  snapshot: Snapshot,
  groups: readonly ScalingGroup[],
): readonly Drift[] {
  const planned = new Set(content.observed.nodes.map((node) => node.uid));
  const excluded = new Set(content.excluded.map(({ object }) => object.uid));
  const names: string[] = [];
  for (const node of snapshot.nodes()) {
    if (planned.has(node.uid) || excluded.has(node.uid)) continue;
    const group = groups.find((one) => one.instances.some(({ id }) => id === instanceIdOf(node)));
    const wanted = content.spec.targets.some(
      (target) => target.kind === "Nodes" && matchesTarget(node, target, group) && !whyRefused(node, target),
    );
    if (wanted) names.push(node.name);
  }
  if (names.length === 0) return [];
  const message = `new since the plan and left alone, though they match: ${names.sort(compareTexts).join(", ")}`;
  return [{ class: "benign", code: "D-NEW-NODES", lane: null, message }];
}

/** Replica counts that somebody changed: reported, never written. */
export function judgeReplicas(content: PlanContent, snapshot: Snapshot): readonly Drift[] {
  const found: Drift[] = [];
  for (const planned of content.observed.workloads) {
    const workload = snapshot.workload(planned.uid);
    if (!workload || workload.replicas === planned.replicas) continue;
    const name = `${planned.kind} ${planned.namespace}/${planned.name}`;
    const message = `${name} wants ${workload.replicas} pods now, the plan saw ${planned.replicas}`;
    found.push({ class: "benign", code: "D-REPLICAS-CHANGED", lane: null, message });
  }
  return found;
}

/** Budgets over the planned pods that were tightened so far that they never allow anything. */
export function judgeBudgets(content: PlanContent, snapshot: Snapshot): readonly Drift[] {
  const found = new Map<string, Drift>();
  for (const step of content.steps) {
    const pod = step.kind === "EvictPod" ? snapshot.podByUid(step.target.uid) : undefined;
    if (!pod) continue;
    for (const drift of judgeBudgetsOf(pod, step.lane, content, snapshot)) {
      found.set(`${step.lane} ${drift.message}`, drift);
    }
  }
  return [...found.values()];
}

/** The same for the budgets over one pod. */
export function judgeBudgetsOf(
  pod: Pod,
  lane: string,
  content: PlanContent,
  snapshot: Snapshot,
): readonly Drift[] {
  return budgetsOf(pod, snapshot).flatMap((budget): readonly Drift[] => {
    if (!neverAllows(budget) || !countsAgainst(budget, pod)) return [];
    const planned = content.observed.budgets.find((one) => one.uid === budget.uid);
    if (planned && !isTightened(planned, budget)) return [];
    const { namespace, name, currentHealthy, desiredHealthy } = budget;
    const counts = `${currentHealthy} healthy, ${desiredHealthy} needed`;
    const message = `budget ${namespace}/${name} never allows a disruption now (${counts})`;
    return [{ class: "hard", code: "D-BUDGET-TIGHTENED", lane, message }];
  });
}

function isTightened(planned: ObservedBudget, budget: Budget): boolean {
  return (
    planned.minAvailable !== budget.minAvailable ||
    planned.maxUnavailable !== budget.maxUnavailable ||
    planned.desiredHealthy < budget.desiredHealthy
  );
}

export type NodeDrift = { readonly code: Code; readonly message: string } | null;

/** Is the planned node still the planned one, and still wanted? null: yes. */
export function judgeNode(content: PlanContent, lane: NodeLane, node: Node | undefined): NodeDrift {
  if (!node) return { code: "R-NODE-GONE", message: `node ${lane.node} is gone` };
  const planned: ObservedNode | undefined = content.observed.nodes.find((one) => one.uid === lane.nodeUid);
  const instance = instanceIdOf(node);
  if (node.uid !== lane.nodeUid) {
    return { code: "R-NODE-RENEWED", message: `${lane.node} is another node now (uid ${node.uid})` };
  }
  if (planned && planned.instanceId !== "" && instance !== planned.instanceId) {
    return {
      code: "R-NODE-RENEWED",
      message: `${lane.node} is on instance ${instance} now, not ${planned.instanceId}`,
    };
  }
  const target = content.spec.targets[lane.target];
  if (target?.kind === "Nodes" && target.exclude && matchesSelector(target.exclude, node.labels)) {
    return { code: "R-NODE-EXCLUDED", message: `${lane.node} matches the target's exclude selector now` };
  }
  return null;
}
