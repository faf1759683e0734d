import { expect, test } from "vitest";
import { renderPlanText } from "#render/plan-text.ts";
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
