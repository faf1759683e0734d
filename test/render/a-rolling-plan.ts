import type { ObjectRef } from "#model/objects.ts";
import type { Finding, Lane, ObservedPod, Plan, PlanContent, Step } from "#model/plan.ts";
import { instanceIdOf } from "#test/builders/a-node.ts";
import { aSpec } from "#test/builders/a-spec.ts";
import { FIXED_TIME, uidOf } from "#test/builders/fixed.ts";

const NODES = ["ip-10-0-1-4", "ip-10-0-2-4"] as const;

const ref = (kind: string, namespace: string, name: string): ObjectRef => ({
  kind,
  namespace,
  name,
  uid: uidOf(`${kind} ${namespace}/${name}`),
});

const PODS: readonly (readonly [node: string, name: string, owner: ObjectRef | null])[] = [
  ["ip-10-0-1-4", "default/api-1", ref("Deployment", "default", "api")],
  ["ip-10-0-1-4", "default/db-0", ref("StatefulSet", "default", "db")],
  ["ip-10-0-1-4", "default/web-1", ref("Deployment", "default", "web")],
  ["ip-10-0-1-4", "default/web-2", ref("Deployment", "default", "web")],
  ["ip-10-0-1-4", "kube-system/coredns-1", ref("Deployment", "kube-system", "coredns")],
  ["ip-10-0-2-4", "default/db-1", ref("StatefulSet", "default", "db")],
  ["ip-10-0-2-4", "default/bare", null],
];

function podSteps(node: string, path: string, owner: ObjectRef | null): readonly Step[] {
  const [namespace = "", name = ""] = path.split("/");
  const lane = `node/${node}`;
  const system = namespace === "kube-system";
  const target = { kind: "Pod", namespace, name, uid: uidOf(`Pod ${path}`), node } as const;
  const base = {
    lane,
    tier: system ? 2 : 1,
    target,
    owner,
    timeoutSeconds: 600,
    reason: { code: system ? "R-SYSTEM-POD" : "R-REGULAR-POD" },
  } as const;
  return [
    {
      ...base,
      kind: "EvictPod",
      id: `${lane}/evict/${path}`,
      needs: [`${lane}/cordon`],
      params: { gracePeriodSeconds: null },
    },
    {
      ...base,
      kind: "AwaitReplacement",
      id: `${lane}/await/${path}`,
      needs: [`${lane}/evict/${path}`],
      params: { stableForSeconds: 0 },
    },
  ];
}

function nodeSteps(node: string): readonly Step[] {
  const lane = `node/${node}`;
  const target = {
    kind: "Node",
    name: node,
    uid: uidOf(`Node ${node}`),
    instanceId: instanceIdOf(node),
  } as const;
  const instance = { kind: "Instance", id: instanceIdOf(node), group: "nodes-a", node } as const;
  const base = { lane, timeoutSeconds: 900, reason: { code: "R-TARGET-NODE" } } as const;
  const pods = PODS.filter(([on]) => on === node).flatMap(([, path, owner]) => podSteps(node, path, owner));
  return [
    { ...base, kind: "CordonNode", id: `${lane}/cordon`, tier: 0, needs: [], target },
    { ...base, kind: "ResolvePods", id: `${lane}/resolve`, tier: 0, needs: [`${lane}/cordon`], target },
    ...pods,
    { ...base, kind: "AwaitNodeEmpty", id: `${lane}/empty`, tier: 3, needs: [], target },
    {
      ...base,
      kind: "TerminateInstance",
      id: `${lane}/terminate`,
      tier: 3,
      needs: [`${lane}/empty`],
      target: instance,
      params: { decrementDesiredCapacity: false },
    },
    { ...base, kind: "AwaitNodeGone", id: `${lane}/gone`, tier: 3, needs: [`${lane}/terminate`], target },
    {
      ...base,
      kind: "AwaitNewNode",
      id: `${lane}/new-node`,
      tier: 3,
      needs: [`${lane}/terminate`],
      target: instance,
      params: { stableForSeconds: 0, mirrorPods: [] },
    },
  ];
}

const laneOf = (node: string, index: number): Lane => ({
  kind: "node",
  id: `node/${node}`,
  target: 0,
  node,
  nodeUid: uidOf(`Node ${node}`),
  controlPlane: false,
  maxDiscovered: index === 0 ? 20 : 14,
});

function observedPod([node, path, owner]: (typeof PODS)[number], stays: ObservedPod["stays"]): ObservedPod {
  const [namespace = "", name = ""] = path.split("/");
  const budgets = name.startsWith("db-") ? ["db"] : [];
  return { namespace, name, uid: uidOf(`Pod ${path}`), node, owner, priority: 0, stays, budgets };
}

const owners = [...new Map(PODS.flatMap(([, , owner]) => (owner ? [[owner.uid, owner]] : []))).values()];

function content(): PlanContent {
  return {
    name: "workers-1-36",
    cluster: {
      uid: uidOf("cluster"),
      server: "https://api.k8s.example.com",
      caFingerprint: "",
      name: "k8s.example.com",
      aws: { accountId: "123456789012", region: "eu-west-1" },
      nodeCount: 12,
    },
    spec: aSpec(),
    observed: {
      nodes: NODES.map((name) => ({
        name,
        uid: uidOf(`Node ${name}`),
        createdAt: "2026-01-19T12:00:00Z",
        zone: "eu-west-1a",
        instanceType: "m5.large",
        roles: ["node"],
        kubeletVersion: "v1.35.2",
        unschedulable: false,
        ready: "True",
        instanceId: instanceIdOf(name),
        group: "nodes-a",
        launchVersion: "1",
      })),
      pods: [
        ...PODS.map((pod) => observedPod(pod, null)),
        ...NODES.map((node) =>
          observedPod(
            [node, `kube-system/agent-${node}`, ref("DaemonSet", "kube-system", "agent")],
            "R-DAEMON-POD",
          ),
        ),
      ],
      workloads: owners.map(({ kind, namespace = "", name, uid }) => ({
        kind,
        namespace,
        name,
        uid,
        replicas: 3,
        readyPods: 3,
      })),
      budgets: [
        {
          namespace: "default",
          name: "db",
          uid: uidOf("budget db"),
          minAvailable: "2",
          maxUnavailable: null,
          disruptionsAllowed: 1,
          currentHealthy: 3,
          desiredHealthy: 2,
          expectedPods: 3,
        },
      ],
      groups: [
        {
          name: "nodes-a",
          arn: "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1:autoScalingGroupName/nodes-a",
          min: 3,
          max: 3,
          desired: 3,
          launchTemplate: "lt-0fixed",
          launchVersion: "2",
        },
      ],
    },
    excluded: [
      {
        target: 0,
        object: { kind: "Node", name: "master-1", uid: uidOf("Node master-1") },
        code: "R-CONTROL-PLANE",
      },
    ],
    checks: ["B-UNMANAGED-POD", "W-SINGLE-REPLICA"],
    blockers: [],
    warnings: [
      {
        code: "W-SINGLE-REPLICA",
        object: ref("Deployment", "default", "api"),
        message: "it has one replica and is down while its pod moves.",
      },
      anUnmanagedPodFinding({ accepted: true }),
    ],
    applyable: true,
    lanes: NODES.map(laneOf),
    steps: NODES.flatMap(nodeSteps),
  };
}

export function anUnmanagedPodFinding(fields: Partial<Finding> = {}): Finding {
  return {
    code: "B-UNMANAGED-POD",
    object: ref("Pod", "default", "bare"),
    message: "no controller would bring it back.",
    acceptedBy: { field: "spec.pods.unmanaged: evict" },
    ...fields,
  };
}

/** Two nodes of one group with seven pods; the digests are made up. */
export function aRollingPlan(fields: Partial<PlanContent> = {}): Plan {
  return {
    formatVersion: "1.0",
    kind: "Plan",
    digest: `sha256:1f0c${"5".repeat(58)}9a`,
    content: { ...content(), ...fields },
    meta: {
      createdAt: FIXED_TIME,
      expiresAt: "2026-03-04T12:00:00Z",
      dextreVersion: "0.1.0",
      context: "k8s.example.com",
    },
    checksum: `sha256:${"0".repeat(64)}`,
  };
}
