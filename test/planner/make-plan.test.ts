import { describe, expect, it } from "vitest";
import type { PlanContent } from "#model/plan.ts";
import type { SnapshotLists } from "#model/snapshot-store.ts";
import type { Spec } from "#model/spec.ts";
import { makePlan } from "#planner/make-plan.ts";
import { aCluster, aGroup, aZonalClaim } from "#test/builders/a-group.ts";
import { aControlPlaneNode, aNode, instanceIdOf } from "#test/builders/a-node.ts";
import { aMirrorPod, aPod } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";
import { aNodesTarget, aPodsTarget, aSpec } from "#test/builders/a-spec.ts";
import { aStatefulSet } from "#test/builders/a-workload.ts";
import { aSmallWorld } from "#test/builders/a-world.ts";

function planOf(spec: Spec, lists: SnapshotLists = aSmallWorld()): PlanContent {
  const answer = makePlan({ spec, snapshot: aSnapshot(lists), cluster: aCluster() });
  if (answer.kind === "refused") throw new Error(answer.diagnostics.map((each) => each.message).join("; "));
  return answer.content;
}

const ids = (content: PlanContent): readonly string[] => content.steps.map((step) => step.id);

describe("the steps of a node", () => {
  it("are cordon, resolve, regular pods, system pods, then the node itself", () => {
    const content = planOf(aSpec({ targets: [aNodesTarget({ names: ["node-1"] })] }));
    expect(content.steps.map((step) => `${step.tier} ${step.id}`)).toEqual([
      "0 node/node-1/cordon",
      "0 node/node-1/resolve",
      "1 node/node-1/evict/default/db-0",
      "1 node/node-1/await/default/db-0",
      "1 node/node-1/evict/default/web-55d9-1",
      "1 node/node-1/await/default/web-55d9-1",
      "2 node/node-1/evict/kube-system/coredns-55d9-1",
      "2 node/node-1/await/kube-system/coredns-55d9-1",
      "3 node/node-1/empty",
      "3 node/node-1/terminate",
      "3 node/node-1/gone",
      "3 node/node-1/new-node",
    ]);
    expect(content.applyable).toBe(true);
  });

  it("name causes only: the cordon of an eviction, the eviction of its wait", () => {
    const content = planOf(aSpec());
    const needs = Object.fromEntries(content.steps.map((step) => [step.id, step.needs]));
    expect(needs["node/node-1/evict/default/db-0"]).toEqual(["node/node-1/cordon"]);
    expect(needs["node/node-1/await/default/db-0"]).toEqual(["node/node-1/evict/default/db-0"]);
    expect(needs["node/node-1/empty"]).toEqual([]);
    expect(needs["node/node-1/terminate"]).toEqual(["node/node-1/empty"]);
    expect(needs["node/node-1/new-node"]).toEqual(["node/node-1/terminate"]);
  });

  it("end at the empty node where nothing is replaced, and need no AWS", () => {
    const spec = aSpec({ targets: [aNodesTarget({ names: ["node-1"] })], replace: { mode: "none" } });
    const content = planOf(spec, { ...aSmallWorld(), groups: [] });
    expect(ids(content).at(-1)).toBe("node/node-1/empty");
    expect(content.cluster.aws).toBeNull();
    expect(content.applyable).toBe(true);
  });

  it("give every wait for a pod its grace period on top", () => {
    const world = aSmallWorld();
    const db = aStatefulSet();
    const slow = aPod({ of: db, name: "db-9", nodeName: "node-1", gracePeriodSeconds: 300 });
    const content = planOf(aSpec(), { ...world, pods: [...world.pods, slow] });
    const seconds = Object.fromEntries(content.steps.map((step) => [step.id, step.timeoutSeconds]));
    expect(seconds["node/node-1/evict/default/db-9"]).toBe(900);
    expect(seconds["node/node-1/await/default/db-9"]).toBe(900);
    expect(seconds["node/node-1/empty"]).toBe(1200);
    expect(seconds["node/node-1/evict/default/db-0"]).toBe(630);
  });

  it("send a grace period only where the spec sets one", () => {
    const evict = (spec: Spec) => planOf(spec).steps.find((step) => step.kind === "EvictPod");
    expect(evict(aSpec())).toMatchObject({ params: { gracePeriodSeconds: null } });
    expect(evict(aSpec({ pods: { gracePeriodSeconds: 5 } }))).toMatchObject({
      params: { gracePeriodSeconds: 5 },
      timeoutSeconds: 605,
    });
  });

  it("terminate the instance of the node without lowering the group", () => {
    const content = planOf(aSpec());
    expect(content.steps.find((step) => step.id === "node/node-2/terminate")).toMatchObject({
      target: { kind: "Instance", id: instanceIdOf("node-2"), group: "nodes-a", node: "node-2" },
      params: { decrementDesiredCapacity: false },
    });
    expect(content.cluster.aws).toEqual({ accountId: "123456789012", region: "eu-west-1" });
    expect(content.cluster.name).toBe("k8s.example.com");
  });

  it("await a pod behind the new node where only that has a place for it and the spec accepts it", () => {
    const world = aSmallWorld();
    const bound = aPod({
      of: aStatefulSet(),
      name: "db-0",
      nodeName: "node-1",
      labels: { app: "db" },
      claims: ["data"],
    });
    const lists = {
      ...world,
      pods: [...world.pods.filter((pod) => pod.name !== "db-0"), bound],
      claims: [aZonalClaim("eu-west-1a")],
    };
    const blocked = planOf(aSpec(), lists);
    expect(blocked.applyable).toBe(false);
    expect(blocked.blockers).toMatchObject([
      {
        code: "B-UNPLACEABLE",
        object: { name: "db-0" },
        acceptedBy: { field: "pods.unplaceable: awaitNode" },
      },
    ]);
    const content = planOf(aSpec({ pods: { unplaceable: "awaitNode" } }), lists);
    expect(content.applyable).toBe(true);
    expect(content.warnings).toContainEqual(
      expect.objectContaining({ code: "B-UNPLACEABLE", accepted: true }),
    );
    const lane = content.steps.filter((step) => step.lane === "node/node-1");
    expect(lane.at(-1)).toMatchObject({
      id: "node/node-1/await/default/db-0",
      tier: 3,
      needs: ["node/node-1/evict/default/db-0", "node/node-1/new-node"],
    });
  });

  it("of the control plane name the static pods that the successor must run", () => {
    const master = aControlPlaneNode({ name: "master-1" });
    const other = aControlPlaneNode({ name: "master-2" });
    const world = aSmallWorld();
    const content = planOf(aSpec({ targets: [aNodesTarget({ role: "master" })] }), {
      ...world,
      nodes: [...world.nodes, master, other],
      pods: [aMirrorPod("kube-apiserver", "master-1"), aMirrorPod("etcd", "master-1")],
      groups: [aGroup({ nodes: [master, other] })],
    });
    expect(content.lanes).toMatchObject([{ controlPlane: true }, { controlPlane: true }]);
    expect(content.steps.find((step) => step.id === "node/master-1/new-node")).toMatchObject({
      params: { mirrorPods: ["etcd", "kube-apiserver"] },
    });
    expect(content.observed.pods.map((pod) => pod.stays)).toEqual(["R-MIRROR-POD", "R-MIRROR-POD"]);
  });

  it("bound the pods that may turn up: twice the planned ones and ten, or as the spec says", () => {
    expect(planOf(aSpec()).lanes).toMatchObject([
      { node: "node-1", maxDiscovered: 16 },
      { node: "node-2", maxDiscovered: 16 },
      { node: "node-3", maxDiscovered: 14 },
    ]);
    expect(planOf(aSpec({ limits: { maxDiscovered: 3 } })).lanes[0]).toMatchObject({ maxDiscovered: 3 });
  });

  it("keep their ids when another node joins the plan", () => {
    const world = aSmallWorld();
    const before = ids(planOf(aSpec()));
    const more = aNode({ name: "node-0", zone: "eu-west-1a" });
    const after = ids(
      planOf(aSpec(), {
        ...world,
        nodes: [...world.nodes, more],
        groups: [aGroup({ nodes: [...world.nodes, more] })],
      }),
    );
    expect(after.filter((id) => !id.startsWith("node/node-0/"))).toEqual(before);
  });
});

describe("a Pods target", () => {
  it("evicts exactly the matching pods, in one lane, with no cordon", () => {
    const content = planOf(aSpec({ targets: [aPodsTarget()] }));
    expect(content.lanes).toEqual([{ kind: "pods", id: "pods/default/app=web", target: 0 }]);
    expect(ids(content)).toEqual([
      "pods/evict/default/web-55d9-1",
      "pods/await/default/web-55d9-1",
      "pods/evict/default/web-55d9-2",
      "pods/await/default/web-55d9-2",
      "pods/evict/default/web-55d9-3",
      "pods/await/default/web-55d9-3",
    ]);
    expect(content.steps[0]?.reason.code).toBe("R-TARGET-POD");
    expect(content.cluster.aws).toBeNull();
    expect(content.observed.groups).toEqual([]);
  });

  it("leaves a pod to its node where that is planned, even by a later target", () => {
    const content = planOf(aSpec({ targets: [aPodsTarget(), aNodesTarget({ names: ["node-1"] })] }));
    expect(ids(content)).not.toContain("pods/evict/default/web-55d9-1");
    expect(ids(content)).toContain("node/node-1/evict/default/web-55d9-1");
    expect(content.excluded).toMatchObject([
      { target: 0, object: { name: "web-55d9-1" }, code: "R-ON-PLANNED-NODE" },
    ]);
  });

  it("may restart a DaemonSet's pods, never a static pod", () => {
    const world = aSmallWorld();
    const everything = { requirements: [] };
    const content = planOf(
      aSpec({ targets: [aPodsTarget({ namespaces: ["kube-system"], selector: everything })] }),
      { ...world, pods: [...world.pods, aMirrorPod("kube-proxy", "node-1")] },
    );
    expect(ids(content)).toContain("pods/evict/kube-system/agent-1");
    expect(ids(content)).not.toContain("pods/evict/kube-system/kube-proxy-node-1");
    expect(content.excluded).toMatchObject([{ object: { name: "kube-proxy-node-1" }, code: "R-MIRROR-POD" }]);
  });

  it("plans a pod once where two targets match it", () => {
    const all = aPodsTarget({ selector: { requirements: [{ key: "app", operator: "Exists" }] } });
    const content = planOf(aSpec({ targets: [aPodsTarget(), all] }));
    expect(new Set(ids(content)).size).toBe(content.steps.length);
    expect(content.excluded.map((each) => each.code)).toEqual([
      "R-EARLIER-TARGET",
      "R-EARLIER-TARGET",
      "R-EARLIER-TARGET",
    ]);
  });
});
