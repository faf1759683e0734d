import { expect, test } from "vitest";
import type { Finding, ObservedPod, Plan } from "#model/plan.ts";
import { renderPlanText } from "#render/plan-text.ts";
import { aPodsTarget } from "#test/builders/a-spec.ts";
import { uidOf } from "#test/builders/fixed.ts";
import { anUnmanagedPodFinding, aRollingPlan } from "./a-rolling-plan.ts";

test("shows a plan node by node, each eviction and its await in one row", () => {
  const text = renderPlanText(aRollingPlan(), { colour: "none", planFile: "plan.json" });
  expect(text).toMatchInlineSnapshot(`
    "Plan workers-1-36 · cluster k8s.example.com (2 of 12 nodes) · digest sha256:1f0c…9a

      roll 2 nodes, one at a time     evict 7 pods     terminate 2 instances

    ! 2 warnings
       W-SINGLE-REPLICA        Deployment default/api: it has one replica and is down while its pod moves.
       B-UNMANAGED-POD         Pod default/bare: no controller would bring it back.
                               accepted by spec.pods.unmanaged: evict

    node ip-10-0-1-4   eu-west-1a · m5.large · 41 d old · launch version 1 → 2
       cordon
       evict  default/api-1          Deployment api 3/3
       evict  default/db-0           StatefulSet db 3/3       budget db: 1 allowed
       evict  default/web-1          Deployment web 3/3
       evict  default/web-2          Deployment web 3/3       after the one above is replaced
       evict  kube-system/coredns-1  Deployment coredns 3/3   system, last
       terminate i-0969fe7ec00004000 in group nodes-a, await the new node
       stays  1 DaemonSet pod (kube-system/agent-ip-10-0-1-4)
       later  pods that land here after this plan was made: up to 20 are moved by the same rules

    node ip-10-0-2-4   eu-west-1a · m5.large · 41 d old · launch version 1 → 2
       cordon
       evict  default/db-1  StatefulSet db 3/3                  budget db: 1 allowed
       evict  default/bare  unmanaged: nothing brings it back
       terminate i-0e5799ccd00004000 in group nodes-a, await the new node
       stays  1 DaemonSet pod (kube-system/agent-ip-10-0-2-4)
       later  pods that land here from the nodes before: up to 14 are moved by the same rules

    not rolled, though a target matches
       Node master-1: Control-plane nodes are rolled only where the target names their role or the node. R-CONTROL-PLANE

    disruption budgets
       default/db  at least 2 available, 3/3 healthy, 1 allowed now

    Apply with:  dextre apply plan.json
    Pin what you reviewed:  --approve sha256:1f0c55555555555555555555555555555555555555555555555555555555559a
    "
  `);
});

test("says first what blocks, and what would accept it", () => {
  const plan = aRollingPlan({ blockers: [anUnmanagedPodFinding()], applyable: false });
  const text = renderPlanText(plan, { colour: "none", planFile: "plan.json" });
  expect(text).toContain("✗ 1 blocker: this plan cannot be applied\n   B-UNMANAGED-POD");
  expect(text).toContain("to accept it: spec.pods.unmanaged: evict");
  expect(text).not.toContain("dextre apply");
});

test("names the command that saves a plan that is not saved", () => {
  const text = renderPlanText(aRollingPlan(), { colour: "none", planFile: null, specFile: "up.yaml" });
  expect(text).toContain("dextre plan -f up.yaml --out plan.json");
});

const POD = { node: "master-1", owner: null, priority: 0, budgets: [] } as const;
const stayingPod = (name: string, stays: "R-MIRROR-POD" | "R-FINISHED-POD"): ObservedPod => ({
  ...POD,
  namespace: "kube-system",
  name,
  uid: uidOf(name),
  stays,
});

/** Of Pods targets in kube-system where every pod stays. */
function anIdlePlan(...labels: readonly string[]): Plan {
  const { content } = aRollingPlan();
  return aRollingPlan({
    steps: [],
    warnings: [],
    lanes: labels.map((label, target) => ({ kind: "pods", id: `pods/kube-system/${label}`, target })),
    spec: { ...content.spec, targets: labels.map(() => aPodsTarget({ namespaces: ["kube-system"] })) },
    observed: {
      ...content.observed,
      nodes: [],
      pods: [stayingPod("etcd-master-1", "R-MIRROR-POD"), stayingPod("job-1", "R-FINISHED-POD")],
    },
  });
}

const SHORT = {
  colour: "none",
  planFile: null,
  ofCommand: { isShort: true, isDryRun: true, acceptances: {} },
} as const;

test("says last how many block and what accepts them: a long plan has scrolled the first lines away", () => {
  const local = { field: "spec.pods.localStorage: evict", flag: "--delete-emptydir-data" };
  const bare = { field: "spec.pods.unmanaged: evict", flag: "--evict-unmanaged" };
  const blockers = [bare, bare, local].map((acceptedBy) => anUnmanagedPodFinding({ acceptedBy }));
  const { acceptedBy: _, ...budget } = anUnmanagedPodFinding();
  const lastLine = (plan: Plan, options: object = {}) =>
    renderPlanText(plan, { colour: "none", planFile: null, ...options })
      .trimEnd()
      .split("\n")
      .at(-1);
  const blocked = (findings: readonly Finding[]) => aRollingPlan({ blockers: findings, applyable: false });
  expect(lastLine(blocked(blockers))).toBe(
    "Nothing was changed: settle the 3 blockers above, or accept them: spec.pods.unmanaged: evict, spec.pods.localStorage: evict",
  );
  expect(lastLine(blocked(blockers), SHORT)).toBe(
    "Nothing was changed: settle the 3 blockers above, or accept them: --evict-unmanaged, --delete-emptydir-data",
  );
  expect(lastLine(blocked([budget]))).toBe("Nothing was changed: settle the blocker above.");
  expect(lastLine(blocked([budget, anUnmanagedPodFinding()]))).toBe(
    "Nothing was changed: settle the 2 blockers above, or accept all but 1: spec.pods.unmanaged: evict",
  );
});

test("a short view of pods that all stay says that nothing is done, and why", () => {
  expect(renderPlanText(anIdlePlan("tier=control-plane"), SHORT)).toMatchInlineSnapshot(`
    "Plan workers-1-36 · cluster k8s.example.com (12 nodes) · digest sha256:1f0c…9a

      nothing to do: all that matches stays

    pods in kube-system with tier=control-plane
       stays  1 static pod (kube-system/etcd-master-1), 1 finished pod (kube-system/job-1)

    Nothing was changed: this was a dry run.
    "
  `);
});

test("pods that stay, of targets that share a namespace, are named once", () => {
  const text = renderPlanText(anIdlePlan("app=a", "app=b"), { colour: "none", planFile: null });
  expect(text.match(/etcd-master-1/g)).toHaveLength(1);
  expect(text).toContain(
    "Pod kube-system/etcd-master-1: A static pod: it belongs to its node and stays. R-MIRROR-POD",
  );
});

test.each([
  ["Pod", "pod default/bare: no other node may take it", "Pod default/bare: no other node may take it"],
  ["Pod", "pod default/bare-2 is gone", "Pod default/bare: pod default/bare-2 is gone"],
  [
    "PodDisruptionBudget",
    "budget default/bare never allows a disruption",
    "PodDisruptionBudget default/bare never allows a disruption",
  ],
] as const)("of a %s with the message `%s` says: %s", (kind, message, words) => {
  const object = { ...anUnmanagedPodFinding().object, kind };
  const plan = aRollingPlan({ blockers: [anUnmanagedPodFinding({ message, object })], applyable: false });
  const text = renderPlanText(plan, { colour: "none", planFile: null });
  expect(text).toContain(`B-UNMANAGED-POD         ${words}\n`);
});

test("a finding whose message begins with its object names it once", () => {
  const message = "pod default/bare has no controller: it would be lost";
  const plan = aRollingPlan({ blockers: [anUnmanagedPodFinding({ message })], applyable: false });
  const text = renderPlanText(plan, { colour: "none", planFile: null });
  expect(text).toContain("B-UNMANAGED-POD         Pod default/bare has no controller: it would be lost\n");
});
