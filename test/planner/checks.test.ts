import { describe, expect, it } from "vitest";
import { CODES } from "#model/codes.ts";
import type { PlanContent } from "#model/plan.ts";
import type { SnapshotLists } from "#model/snapshot-store.ts";
import type { Spec } from "#model/spec.ts";
import { CHECKS } from "#planner/checks/run-checks.ts";
import { makePlan, type PlanRequest } from "#planner/make-plan.ts";
import { requiredAccess } from "#planner/required-access.ts";
import { aBudget } from "#test/builders/a-budget.ts";
import { aCluster, aGroup } from "#test/builders/a-group.ts";
import { aControlPlaneNode, aNode } from "#test/builders/a-node.ts";
import { aPod } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";
import { aNodesTarget, aPodsTarget, aSpec } from "#test/builders/a-spec.ts";
import { aDeployment, aJob, aReplicaSet } from "#test/builders/a-workload.ts";
import { aSmallWorld } from "#test/builders/a-world.ts";

function plan(
  changes: SnapshotLists = {},
  spec: Spec = aSpec(),
  more: Partial<PlanRequest> = {},
): PlanContent {
  const snapshot = aSnapshot({ ...aSmallWorld(), ...changes });
  const answer = makePlan({ spec, snapshot, cluster: aCluster(), ...more });
  if (answer.kind === "refused") throw new Error(answer.diagnostics.map((each) => each.message).join("; "));
  return answer.content;
}

const found = (content: PlanContent): readonly string[] =>
  [...content.blockers, ...content.warnings].map((each) => `${each.code} ${each.object.name}`);

const one = aSpec({ targets: [aNodesTarget({ names: ["node-1"] })] });

describe("preflight", () => {
  it("finds nothing in a healthy small cluster", () => {
    const content = plan();
    expect(found(content)).toEqual([]);
    expect(content.applyable).toBe(true);
  });

  it("says in the plan everything that it looked for, once", () => {
    const { checks } = plan();
    expect(new Set(checks).size).toBe(checks.length);
    const preflight = Object.keys(CODES).filter((code) => /^[BW]-/.test(code) && code !== "W-CA-DIFFERS");
    expect([...checks].sort()).toEqual(preflight.sort());
    expect(Object.isFrozen(CHECKS)).toBe(true);
  });

  describe("of several pods of one Job on the nodes", () => {
    const facts = { failed: 0, finished: "no", suspended: false, ignoresDisruptions: false } as const;
    const withJob = (backoffLimit: number): SnapshotLists => {
      const batch = aJob({ name: "batch", replicas: 2, job: { ...facts, backoffLimit } });
      const pods = ["one", "two"].map((name) => aPod({ of: batch, name, nodeName: "node-1" }));
      return { workloads: [batch], pods, budgets: [] };
    };

    it("blocks where all their evictions together would fail it", () => {
      const { blockers } = plan(withJob(1), one);
      expect(blockers).toMatchObject([
        {
          code: "B-JOB-WOULD-FAIL",
          object: { kind: "Job", name: "batch" },
          acceptedBy: { field: "pods.jobs: evict" },
        },
      ]);
      expect(blockers[0]?.message).toContain("2 evictions would fail Job batch");
    });

    it("says nothing where the Job bears them, and warns where a failed Job is accepted", () => {
      expect(found(plan(withJob(2), one))).not.toContain("B-JOB-WOULD-FAIL batch");
      const accepted = plan(withJob(1), { ...one, pods: { ...one.pods, jobs: "evict" } });
      expect([accepted.blockers, found(accepted)]).toEqual([[], ["B-JOB-WOULD-FAIL batch"]]);
    });
  });

  it("still writes the whole plan where something blocks", () => {
    const content = plan({ groups: [] });
    expect(content.applyable).toBe(false);
    expect(content.steps.some((step) => step.kind === "EvictPod")).toBe(true);
    expect(content.steps.some((step) => step.kind === "TerminateInstance")).toBe(false);
  });
});

describe("a budget", () => {
  it("that never allows blocks, with its numbers", () => {
    const budget = aBudget({ minAvailable: "3", disruptionsAllowed: 0, desiredHealthy: 3 });
    expect(plan({ budgets: [budget] }).blockers).toMatchObject([
      {
        code: "B-BUDGET-NEVER-ALLOWS",
        object: { kind: "PodDisruptionBudget", name: "web" },
        message:
          "budget default/web never allows a disruption: it wants 3 healthy pods of 3 (minAvailable 3)",
      },
    ]);
  });

  it("that allows nothing now is waited for", () => {
    expect(found(plan({ budgets: [aBudget({ disruptionsAllowed: 0, currentHealthy: 2 })] }))).toEqual([
      "W-BUDGET-WAITS web",
    ]);
  });

  it("whose status is out of date is waited for", () => {
    expect(found(plan({ budgets: [aBudget({ generation: 2 })] }))).toEqual(["W-BUDGET-WAITS web"]);
  });

  it("over no pod that moves is nobody's business", () => {
    const budget = aBudget({
      name: "agent",
      namespace: "kube-system",
      disruptionsAllowed: 0,
      desiredHealthy: 3,
    });
    expect(found(plan({ budgets: [budget] }))).toEqual([]);
  });
});

describe("a node", () => {
  it("without an instance in a group blocks where instances are terminated", () => {
    expect(found(plan({ groups: [] }, one))).toEqual(["B-NO-INSTANCE node-1"]);
    const [node, ...others] = aSmallWorld().nodes;
    const content = plan({ nodes: [aNode({ ...node, providerId: "" }), ...others] }, one);
    expect(content.blockers[0]?.message).toContain("names no EC2 instance");
    const elsewhere = plan({ groups: [] }, one, { region: "us-west-2" });
    expect(elsewhere.blockers[0]?.message).toMatch(
      /is in no auto scaling group of region us-west-2, where they were looked for \(the node is in zone eu-west-1\w\)/,
    );
  });

  it("that somebody cordoned is named, one that a run of dextre cordoned is not", () => {
    const [node, ...others] = aSmallWorld().nodes;
    const cordoned = aNode({ ...node, unschedulable: true });
    expect(found(plan({ nodes: [cordoned, ...others] }, one))).toEqual(["W-FOREIGN-CORDON node-1"]);
    const ours = {
      ...cordoned,
      cordonMarker: { run: "r", wasUnschedulable: false, scaleDownDisabledBefore: null },
    };
    expect(found(plan({ nodes: [ours, ...others] }, one))).toEqual([]);
    const anew = aNode({ ...ours, unschedulableSetBy: "others" });
    expect(found(plan({ nodes: [anew, ...others] }, one))).toEqual(["W-FOREIGN-CORDON node-1"]);
  });

  it("whose pods ask for more than is free elsewhere is named, with the numbers", () => {
    const pods = aSmallWorld().pods.map((pod) => ({
      ...pod,
      requests: { ...pod.requests, cpuMillis: 1300 },
    }));
    expect(plan({ pods }, one).warnings).toMatchObject([
      {
        code: "W-CAPACITY",
        object: { name: "node-1" },
        message: "the pods of node node-1 ask for more than is free elsewhere: cpu 3900m of 100m",
      },
    ]);
  });

  it("counts as room elsewhere only where one of the pods may run", () => {
    const world = aSmallWorld();
    const nodes = [
      ...world.nodes.slice(0, 1),
      ...world.nodes
        .slice(1)
        .map((node) => ({ ...node, taints: [{ key: "x", value: "", effect: "NoSchedule" }] })),
    ];
    const codes = plan({ nodes }, one).warnings.map((each) => each.code);
    expect(codes).toContain("W-CAPACITY");
  });
});

describe("nodes that are only drained", () => {
  const drain = (names: string[]) => aSpec({ targets: [aNodesTarget({ names })], replace: { mode: "none" } });

  it("block where more stay unavailable than the limit", () => {
    const [blocker] = plan({}, drain(["node-1", "node-2"])).blockers;
    expect(blocker?.code).toBe("B-DRAINED-NODES-STAY");
    expect(blocker?.message).toContain("2 nodes would be drained and stay cordoned, more than the 1");
  });

  it("pass up to the limit", () => {
    expect(found(plan({}, drain(["node-1"])))).toEqual([]);
  });
});

describe("the last Ready control-plane node", () => {
  const lists = (...masters: readonly ReturnType<typeof aNode>[]): SnapshotLists => ({
    nodes: [...aSmallWorld().nodes, ...masters],
    groups: [aGroup({ nodes: [...aSmallWorld().nodes, ...masters] })],
  });
  const m1 = aControlPlaneNode({ name: "m1" });
  const spec = aSpec({ targets: [aNodesTarget({ role: "control-plane" })] });

  it("blocks, and may be accepted", () => {
    expect(plan(lists(m1), spec).blockers).toMatchObject([
      { code: "B-CONTROL-PLANE-OUTAGE", acceptedBy: { field: "controlPlane.allowOutage: true" } },
    ]);
    const content = plan(lists(m1), { ...spec, controlPlane: { allowOutage: true } });
    expect(content.applyable).toBe(true);
    expect(content.warnings).toMatchObject([{ code: "B-CONTROL-PLANE-OUTAGE", accepted: true }]);
  });

  it("is so too where the others are not Ready", () => {
    const down = aControlPlaneNode({ name: "m2", ready: "False" });
    expect(found(plan(lists(m1, down), spec))).toEqual(["B-CONTROL-PLANE-OUTAGE m1"]);
  });

  it("is not so where another is Ready", () => {
    expect(found(plan(lists(m1, aControlPlaneNode({ name: "m2" })), spec))).toEqual([]);
  });
});

describe("a group", () => {
  const withGroup = (fields: object) => plan({ groups: [aGroup({ nodes: aSmallWorld().nodes, ...fields })] });

  it("with an instance refresh in progress is named", () => {
    expect(found(withGroup({ instanceRefreshInProgress: true }))).toEqual(["W-INSTANCE-REFRESH nodes-a"]);
  });

  it("of another cluster than the named one blocks, and so does one that does not say; a right name is fine", () => {
    const of = (cluster: string, spec = named) => {
      const groups = [aGroup({ nodes: aSmallWorld().nodes, cluster })];
      return plan({ groups }, spec);
    };
    const named = aSpec({ aws: { cluster: "k8s.test" } });
    expect(found(of("k8s.test"))).toEqual([]);
    const other = of("k8s.other");
    expect(found(other)).toEqual(["B-OTHER-CLUSTER nodes-a"]);
    expect(other).toMatchObject({ applyable: false, cluster: { name: "k8s.other" } });
    expect(other.blockers[0]?.message).toBe(
      'group nodes-a is of cluster "k8s.other" by its tag KubernetesCluster, not of "k8s.test"',
    );
    const silent = of("");
    expect(found(silent)).toEqual(["B-OTHER-CLUSTER nodes-a"]);
    expect(silent.blockers[0]?.message).toContain("has no tag KubernetesCluster");
    expect(silent.cluster.name).toBe("");
    expect(found(of("k8s.other", aSpec()))).toEqual([]);
  });

  it("that is not read, because no instance is ended, cannot confirm the cluster's name: the plan says so", () => {
    const drain = { aws: { cluster: "k8s.test" }, replace: { mode: "none" } } as const;
    const content = plan({}, aSpec({ ...one, ...drain }));
    expect(found(content)).toEqual([`W-CLUSTER-UNCHECKED ${one.name}`]);
    expect(content).toMatchObject({ applyable: true, cluster: { name: "" } });
  });

  it("with suspended processes is named with them, and Launch is explained", () => {
    expect(withGroup({ suspendedProcesses: ["Terminate", "Launch"] }).warnings[0]?.message).toBe(
      "group nodes-a has suspended processes: Launch, Terminate; no successor comes while Launch is suspended",
    );
  });
});

describe("a workload with one replica", () => {
  it("is named once, however many of its pods move", () => {
    const report = aDeployment({ name: "report", replicas: 1 });
    const set = aReplicaSet(report);
    const world = aSmallWorld();
    const content = plan({
      pods: [...world.pods, aPod({ of: set, name: "r-1" }), aPod({ of: set, name: "r-2" })],
      workloads: [...world.workloads, report, set],
    });
    expect(found(content)).toEqual(["W-SINGLE-REPLICA report"]);
  });
});

describe("permissions", () => {
  const texts = (spec: Spec) =>
    requiredAccess(spec).map(({ verb, resource, subresource, namespace }) =>
      [verb, subresource ? `${resource}/${subresource}` : resource, namespace].filter(Boolean).join(" "),
    );

  it("that whoever plans lacks warn, each named: another may apply", () => {
    const missingPermissions = [
      { verb: "patch", group: "", resource: "nodes" },
      { verb: "create", group: "", resource: "pods", subresource: "eviction" },
    ];
    const content = plan({}, aSpec(), { missingPermissions });
    expect(content.applyable).toBe(true);
    expect(content.warnings).toMatchObject([
      {
        code: "W-PERMISSION-APPLY",
        message: expect.stringContaining("may not patch nodes, nor create pods/eviction; apply needs it"),
      },
    ]);
  });

  it("to roll nodes reach every namespace's evictions", () => {
    expect(texts(aSpec())).toEqual(
      expect.arrayContaining(["patch nodes", "create pods/eviction", "update leases dextre-system"]),
    );
  });

  it("to roll pods reach only their namespaces, and never change a node", () => {
    const spec = aSpec({ targets: [aPodsTarget({ namespaces: ["b", "a"] })] });
    expect(texts(spec)).toEqual(expect.arrayContaining(["create pods/eviction a", "create pods/eviction b"]));
    expect(texts(spec)).not.toContain("patch nodes");
    expect(texts(spec)).not.toContain("create pods/eviction");
  });

  it("never contain a deletion", () => {
    expect(texts(aSpec()).filter((text) => text.startsWith("delete"))).toEqual([]);
  });
});
