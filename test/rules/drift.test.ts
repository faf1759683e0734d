import { describe, expect, it } from "vitest";
import type { NodeLane, PlanContent } from "#model/plan.ts";
import {
  judgeBudgets,
  judgeGroups,
  judgeIdentity,
  judgeNewNodes,
  judgeNode,
  judgeReplicas,
} from "#rules/drift.ts";
import { aBudget } from "#test/builders/a-budget.ts";
import { aCluster, aGroup } from "#test/builders/a-group.ts";
import { aControlPlaneNode, aNode } from "#test/builders/a-node.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";
import { aNodesTarget, aSpec } from "#test/builders/a-spec.ts";
import { aSmallWorld } from "#test/builders/a-world.ts";
import { planned } from "#test/builders/planned.ts";

const hold = { requirements: [{ key: "dextre.dev/hold", operator: "Exists" }] } as const;
const world = aSmallWorld();
const group = aGroup({ nodes: world.nodes });

function laneOf(content: PlanContent, node: string): NodeLane {
  const lane = content.lanes.find((one) => one.kind === "node" && one.node === node);
  if (lane?.kind !== "node") throw new Error(`no lane for ${node}`);
  return lane;
}

const brief = (drifts: readonly { class: string; code: string; lane: string | null }[]): readonly string[] =>
  drifts.map((drift) => `${drift.class} ${drift.code} ${drift.lane ?? "run"}`);

describe("the identity of the cluster", () => {
  it("is the UID of its namespace kube-system: another one refuses the whole run", () => {
    const drifts = judgeIdentity(planned(), aCluster({ uid: "another", server: "https://other:6443" }));
    expect(brief(drifts)).toEqual(["identity E-PLAN-OTHER-CLUSTER run"]);
    expect(drifts[0]?.message).toContain("this one is https://other:6443, where it has uid another");
  });

  it("is not its certificate authority or its address: proxies and rotation only warn", () => {
    expect(brief(judgeIdentity(planned(), aCluster({ caFingerprint: "sha256:ab" })))).toEqual([
      "benign W-CA-DIFFERS run",
    ]);
    expect(judgeIdentity(planned(), aCluster({ server: "https://127.0.0.1:8443" }))).toEqual([]);
  });
});

describe("a group", () => {
  it("as the plan saw it is no drift", () => {
    expect(judgeGroups(planned(), [group])).toEqual([]);
  });

  it("of another account or region refuses the whole run", () => {
    for (const [from, to] of [
      ["123456789012", "999999999999"],
      ["eu-west-1", "us-east-1"],
    ] as const) {
      const elsewhere = { ...group, arn: group.arn.replace(from, to) };
      expect(brief(judgeGroups(planned(), [elsewhere]))).toEqual(["identity E-PLAN-OTHER-ACCOUNT run"]);
    }
  });

  it("with another launch template or version stops each of its nodes", () => {
    for (const launch of [
      { template: "lt-0fixed", version: "3" },
      { template: "lt-0other", version: "2" },
    ]) {
      expect(brief(judgeGroups(planned(), [{ ...group, launch }]))).toEqual([
        "hard D-LAUNCH-TEMPLATE node/node-1",
        "hard D-LAUNCH-TEMPLATE node/node-2",
        "hard D-LAUNCH-TEMPLATE node/node-3",
      ]);
    }
  });

  it("that is gone, or was made anew under its name, stops each of its nodes", () => {
    expect(brief(judgeGroups(planned(), []))).toContain("hard E-GROUP-UNKNOWN node/node-2");
    const anew = { ...group, arn: group.arn.replace(/autoScalingGroup:[^:]+/, "autoScalingGroup:0000") };
    expect(brief(judgeGroups(planned(), [anew]))).toContain("hard E-GROUP-UNKNOWN node/node-2");
  });

  it("whose sizes others changed is reported and left as it is", () => {
    const drifts = judgeGroups(planned(), [{ ...group, desired: 4, max: 12 }]);
    expect(drifts).toEqual([
      {
        class: "benign",
        code: "D-CAPACITY-CHANGED",
        lane: null,
        message: "group nodes-a: desired 3 → 4, max 10 → 12; left as it is",
      },
    ]);
  });

  it("is judged alone where one is named", () => {
    const content = planned();
    const two = {
      ...content,
      observed: {
        ...content.observed,
        groups: [...content.observed.groups, { ...content.observed.groups[0], name: "nodes-b" }],
      } as PlanContent["observed"],
    };
    expect(judgeGroups(two, [group], "nodes-a")).toEqual([]);
  });
});

describe("a budget", () => {
  const tightened = aBudget({
    minAvailable: "3",
    desiredHealthy: 3,
    disruptionsAllowed: 0,
    generation: 2,
    observedGeneration: 2,
  });
  const judge = (budget = aBudget(), content = planned()): readonly string[] =>
    brief(judgeBudgets(content, aSnapshot({ ...world, budgets: [budget] })));

  it("tightened so that it never allows stops the nodes of its pods", () => {
    expect(judge(tightened)).toEqual([
      "hard D-BUDGET-TIGHTENED node/node-1",
      "hard D-BUDGET-TIGHTENED node/node-2",
      "hard D-BUDGET-TIGHTENED node/node-3",
    ]);
  });

  it("that is new and never allows stops them too", () => {
    expect(judge(tightened, planned(aSpec(), { ...world, budgets: [] }))).toHaveLength(3);
  });

  it("tightened and still able to allow is none", () => {
    expect(judge(aBudget({ minAvailable: "1", desiredHealthy: 1 }))).toEqual([]);
  });

  it("that allows nothing right now, because a pod is down, is waited for", () => {
    expect(judge(aBudget({ disruptionsAllowed: 0, currentHealthy: 2 }))).toEqual([]);
  });

  it("whose status does not yet speak of its spec is not judged", () => {
    expect(judge({ ...tightened, observedGeneration: 1 })).toEqual([]);
  });

  it("is not counted as tightened where only the workload has shrunk below it", () => {
    expect(judge(aBudget({ disruptionsAllowed: 0, expectedPods: 2, currentHealthy: 2 }))).toEqual([]);
  });

  it("over pods that are gone concerns nobody", () => {
    const pods = world.pods.filter((pod) => pod.labels.app !== "web");
    expect(judgeBudgets(planned(), aSnapshot({ ...world, pods, budgets: [tightened] }))).toEqual([]);
  });
});

describe("a planned node", () => {
  const content = planned(
    aSpec({
      targets: [
        aNodesTarget({
          role: "node",
          exclude: { requirements: [{ key: "keep", operator: "Exists" }] },
        }),
      ],
    }),
  );
  const lane = laneOf(content, "node-1");
  const node = aNode({ name: "node-1" });

  it("is still the planned one where UID and instance are", () => {
    expect(judgeNode(content, lane, { ...node, resourceVersion: "99", ready: "False" })).toBeNull();
  });

  it("that is gone is satisfied", () => {
    expect(judgeNode(content, lane, undefined)).toMatchObject({ code: "R-NODE-GONE" });
  });

  it("whose name another node has now is satisfied, and the newcomer left alone", () => {
    expect(judgeNode(content, lane, { ...node, uid: "another" })).toMatchObject({ code: "R-NODE-RENEWED" });
  });

  it("whose object another instance has now is satisfied", () => {
    const renewed = { ...node, providerId: "aws:///eu-west-1a/i-0another" };
    expect(judgeNode(content, lane, renewed)).toMatchObject({ code: "R-NODE-RENEWED" });
  });

  it("that the target excludes now is skipped", () => {
    const kept = { ...node, labels: { ...node.labels, keep: "" } };
    expect(judgeNode(content, lane, kept)).toMatchObject({ code: "R-NODE-EXCLUDED" });
  });

  it("that no longer has the label which chose it is still rolled", () => {
    const { "node-role.kubernetes.io/node": _role, ...labels } = node.labels;
    expect(judgeNode(content, lane, { ...node, labels })).toBeNull();
  });
});

describe("replica counts", () => {
  it("that others changed are reported", () => {
    const workloads = world.workloads.map((one) => (one.name === "web" ? { ...one, replicas: 5 } : one));
    expect(judgeReplicas(planned(), aSnapshot({ ...world, workloads }))).toEqual([
      {
        class: "benign",
        code: "D-REPLICAS-CHANGED",
        lane: null,
        message: "Deployment default/web wants 5 pods now, the plan saw 3",
      },
    ]);
  });

  it("of workloads that are gone are nobody's", () => {
    expect(judgeReplicas(planned(), aSnapshot({ ...world, workloads: [] }))).toEqual([]);
  });
});

describe("nodes that came after the plan", () => {
  it("are named where they match a target; the excluded, the control plane and the planned are not", () => {
    const target = { ...aNodesTarget({ role: "node" }), exclude: hold };
    const content = planned(aSpec({ targets: [target] }));
    const nodes = [
      ...world.nodes,
      aNode({ name: "node-9" }),
      aNode({ name: "node-8", labels: { "dextre.dev/hold": "" } }),
      aControlPlaneNode(),
    ];
    const drifts = judgeNewNodes(content, aSnapshot({ nodes }), [group]);
    expect(brief(drifts)).toEqual(["benign D-NEW-NODES run"]);
    expect(drifts[0]?.message).toMatch(/: node-9$/);
    expect(judgeNewNodes(content, aSnapshot({ nodes: world.nodes }), [group])).toEqual([]);
  });

  it("are found by the name of their auto scaling group, too", () => {
    const content = planned(aSpec({ targets: [aNodesTarget({ groups: [group.name] })] }));
    const fresh = aNode({ name: "node-9" });
    const grown = aGroup({ nodes: [...world.nodes, fresh] });
    expect(judgeNewNodes(content, aSnapshot({ nodes: [fresh] }), [grown])).toHaveLength(1);
    expect(judgeNewNodes(content, aSnapshot({ nodes: [fresh] }), [group])).toEqual([]);
  });
});
