import type { Access } from "#model/access.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import type { ClusterIdentity } from "#model/objects.ts";
import type { Excluded, PlanContent, PlannedCluster } from "#model/plan.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { Spec } from "#model/spec.ts";
import { byText, compareTexts, firstOf } from "#rules/compare.ts";
import { podRef } from "#rules/pod-facts.ts";
import { runChecks } from "./checks/run-checks.ts";
import { type Draft, groupsTerminatedIn } from "./draft.ts";
import { draftLanes } from "./draft-lanes.ts";
import { laneSteps } from "./lane-steps.ts";
import { countNodes, observe } from "./observe.ts";
import { resolveTargets } from "./resolve-targets.ts";

export interface PlanRequest {
  readonly spec: Spec;
  /** With the auto scaling groups where needsGroups(spec). */
  readonly snapshot: Snapshot;
  readonly cluster: ClusterIdentity;
  /** Where the groups were read; absent where none were. */
  readonly region?: string;
  /** Those of requiredAccess(spec) that the server denies to whoever plans. */
  readonly missingPermissions?: readonly Access[];
}

export type PlanAnswer =
  | { readonly kind: "planned"; readonly content: PlanContent }
  /** A target matches nothing, or names a role, group or node that does not exist. Nothing to write. */
  | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] };

/**
 * Spec + snapshot → plan; pure. The same spec and snapshot give the same content, whatever order the
 * cluster's lists arrived in. Blockers do not stop it: the plan is whole and not applyable.
 */
export function makePlan(request: PlanRequest): PlanAnswer {
  const { spec, snapshot, cluster, region = null, missingPermissions = [] } = request;
  const resolved = resolveTargets(spec, snapshot);
  if (resolved.diagnostics.length > 0) return { kind: "refused", diagnostics: resolved.diagnostics };
  const draft: Draft = {
    spec,
    snapshot,
    lanes: draftLanes(resolved.targets, spec, snapshot),
    region,
    missingPermissions,
  };
  const { checks, blockers, warnings } = runChecks(draft);
  return {
    kind: "planned",
    content: {
      name: spec.name,
      cluster: plannedCluster(draft, cluster),
      spec,
      observed: observe(draft),
      excluded: [...resolved.excluded, ...stayingOfPodsTargets(draft)].sort(byTargetAndObject),
      checks,
      blockers,
      warnings,
      applyable: blockers.length === 0,
      lanes: draft.lanes.map(({ lane }) => lane),
      steps: draft.lanes.flatMap((lane) => laneSteps(lane, spec)),
    },
  };
}

function plannedCluster(draft: Draft, cluster: ClusterIdentity): PlannedCluster {
  const groups = [...groupsTerminatedIn(draft)].sort(byText((group) => group.name));
  const [group] = groups;
  return {
    uid: cluster.uid,
    server: cluster.server,
    caFingerprint: cluster.caFingerprint,
    name: groups.find((each) => each.cluster !== "")?.cluster ?? "",
    aws: group ? { accountId: group.accountId, region: group.region } : null,
    nodeCount: countNodes(draft.snapshot.nodes()),
  };
}

/** A Pods target matched them by name, so it has to say why they are left alone. */
function stayingOfPodsTargets(draft: Draft): readonly Excluded[] {
  return draft.lanes.flatMap((lane) =>
    lane.kind === "node"
      ? []
      : lane.pods.flatMap(({ pod, verdict }) =>
          verdict.kind === "stay"
            ? [{ target: lane.lane.target, object: podRef(pod), code: verdict.code }]
            : [],
        ),
  );
}

const byTargetAndObject = firstOf<Excluded>(
  (a, b) => a.target - b.target,
  byText(({ object }) => object.kind),
  byText(({ object }) => object.namespace ?? ""),
  byText(({ object }) => object.name),
  (a, b) => compareTexts(a.object.uid, b.object.uid),
);
