import type { Lane, PlanContent, PlanMeta, Step } from "#model/plan.ts";
import { aSpec } from "./a-spec.ts";
import { FIXED_TIME, timeAfter, uidOf } from "./fixed.ts";

/** A small plan that is sound as a file: one node with one pod, every kind of step. */
export function aPlanContent(fields: Partial<PlanContent> = {}): PlanContent {
  return {
    name: "test",
    cluster: {
      uid: uidOf("Namespace kube-system"),
      server: "https://127.0.0.1:6443",
      caFingerprint: "",
      name: "k8s.test",
      aws: { accountId: "123456789012", region: "eu-west-1" },
      nodeCount: 3,
    },
    spec: aSpec(),
    observed: { nodes: [], pods: [], workloads: [], budgets: [], groups: [] },
    excluded: [],
    checks: [],
    blockers: [],
    warnings: [],
    applyable: true,
    lanes: [aLane()],
    steps: planSteps(),
    ...fields,
  };
}

export function aPlanMeta(fields: Partial<PlanMeta> = {}): PlanMeta {
  return {
    createdAt: FIXED_TIME,
    expiresAt: timeAfter(72 * 3600),
    dextreVersion: "0.0.0-test",
    context: "test",
    ...fields,
  };
}

const LANE = "node/node-1";
const NODE = { kind: "Node", name: "node-1", uid: uidOf("Node node-1"), instanceId: "i-1" } as const;
const POD = {
  kind: "Pod",
  namespace: "default",
  name: "web-1",
  uid: uidOf("Pod web-1"),
  node: "node-1",
} as const;
const INSTANCE = { kind: "Instance", id: "i-1", group: "nodes-a", node: "node-1" } as const;
const OWNER = { kind: "Deployment", namespace: "default", name: "web", uid: uidOf("Deployment web") };

function aLane(): Lane {
  return {
    kind: "node",
    id: LANE,
    target: 0,
    node: "node-1",
    nodeUid: NODE.uid,
    controlPlane: false,
    maxDiscovered: 12,
  };
}

function planSteps(): readonly Step[] {
  const base = (verb: string, tier: Step["tier"], needs: readonly string[]) => ({
    id: `${LANE}/${verb}`,
    lane: LANE,
    tier,
    needs: needs.map((need) => `${LANE}/${need}`),
    timeoutSeconds: 600,
    reason: { code: "R-TARGET-NODE" } as const,
  });
  const evict = "evict/default/web-1";
  const replaced = "await/default/web-1";
  return [
    { ...base("cordon", 0, []), kind: "CordonNode", target: NODE },
    { ...base("resolve", 0, ["cordon"]), kind: "ResolvePods", target: NODE },
    {
      ...base(evict, 1, ["resolve"]),
      kind: "EvictPod",
      target: POD,
      owner: OWNER,
      params: { gracePeriodSeconds: null },
    },
    {
      ...base(replaced, 1, [evict]),
      kind: "AwaitReplacement",
      target: POD,
      owner: OWNER,
      params: { stableForSeconds: 0 },
    },
    { ...base("empty", 3, ["resolve"]), kind: "AwaitNodeEmpty", target: NODE },
    {
      ...base("terminate", 3, ["empty"]),
      kind: "TerminateInstance",
      target: INSTANCE,
      params: { decrementDesiredCapacity: false },
    },
    { ...base("gone", 3, ["terminate"]), kind: "AwaitNodeGone", target: NODE },
    {
      ...base("new-node", 3, ["terminate"]),
      kind: "AwaitNewNode",
      target: INSTANCE,
      params: { stableForSeconds: 0, mirrorPods: [] },
    },
  ];
}
