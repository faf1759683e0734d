import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Budget, Claim, Node, Pod, Workload } from "#model/objects.ts";
import type { NodeOrderKey, PodOrderKey, Spec } from "#model/spec.ts";
import { makePlan } from "#planner/make-plan.ts";
import { aBudget } from "#test/builders/a-budget.ts";
import { aCluster, aGroup, aZonalClaim } from "#test/builders/a-group.ts";
import { aNode } from "#test/builders/a-node.ts";
import { aPod } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";
import { aNodesTarget, aPodsTarget, aSpec } from "#test/builders/a-spec.ts";
import { aDaemonSet, aDeployment, aJob, aReplicaSet, aStatefulSet } from "#test/builders/a-workload.ts";
import { timeAfter } from "#test/builders/fixed.ts";

interface Lists {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly workloads: readonly Workload[];
  readonly budgets: readonly Budget[];
  readonly claims: readonly Claim[];
}

const APPS = ["api", "db", "job", "agent", "lone"] as const;

const anyNode = (index: number): fc.Arbitrary<Node> =>
  fc
    .record({
      zone: fc.constantFrom("eu-west-1a", "eu-west-1b", "eu-west-1c"),
      age: fc.integer({ min: 0, max: 3 }),
      unschedulable: fc.boolean(),
      ready: fc.constantFrom("True" as const, "False" as const),
      group: fc.constantFrom("a", "b"),
    })
    .map(({ zone, age, group, ...fields }) =>
      aNode({
        ...fields,
        name: `node-${index}`,
        zone,
        createdAt: timeAfter(-age),
        labels: { "kops.k8s.io/instancegroup": group },
      }),
    );

const anyPod = (index: number, nodes: number): fc.Arbitrary<Pod> =>
  fc
    .record({
      app: fc.constantFrom(...APPS),
      namespace: fc.constantFrom("default", "kube-system"),
      node: fc.integer({ min: 0, max: nodes - 1 }),
      priority: fc.constantFrom(0, 0, 1000),
      ready: fc.boolean(),
      phase: fc.constantFrom("Running" as const, "Running" as const, "Succeeded" as const),
      localStorage: fc.constantFrom("none" as const, "none" as const, "disk" as const),
      claims: fc.constantFrom([], ["data"]),
      apart: fc.boolean(),
      deletionAt: fc.constantFrom(null, null, timeAfter(30)),
    })
    .map(({ app, node, apart, ...fields }) => {
      const owner = workloadsIn(fields.namespace).find(
        (each) => each.name.startsWith(app) && !isDeployment(each),
      );
      const labels = { app };
      return aPod({
        ...fields,
        ...(owner ? { of: owner } : {}),
        name: `${app}-${index}`,
        nodeName: `node-${node}`,
        labels,
        separations: apart
          ? [
              {
                kind: "antiAffinity",
                topologyKey: "kubernetes.io/hostname",
                selector: { requirements: [{ key: "app", operator: "In", values: [app] }] },
                maxSkew: 1,
              },
            ]
          : [],
      });
    });

const isDeployment = (workload: Workload): boolean => workload.kind === "Deployment";

function workloadsIn(namespace: string): readonly Workload[] {
  const api = aDeployment({ namespace, name: "api" });
  return [
    api,
    aReplicaSet(api),
    aStatefulSet({ namespace, name: "db", replicas: 1 }),
    aJob({ namespace, name: "job" }),
    aDaemonSet({ namespace, name: "agent" }),
  ];
}

const anyLists: fc.Arbitrary<Lists> = fc
  .record({
    nodes: fc.integer({ min: 1, max: 5 }),
    pods: fc.integer({ min: 0, max: 14 }),
    budgets: fc.boolean(),
  })
  .chain((size) =>
    fc.record({
      nodes: fc.tuple(...Array.from({ length: size.nodes }, (_, index) => anyNode(index))),
      pods: fc.tuple(...Array.from({ length: size.pods }, (_, index) => anyPod(index, size.nodes))),
      workloads: fc.constant([...workloadsIn("default"), ...workloadsIn("kube-system")]),
      budgets: fc.constant([
        aBudget({ name: "api" }),
        aBudget({ name: "db", disruptionsAllowed: 0 }),
        ...(size.budgets ? [aBudget({ name: "everything", selector: { requirements: [] } })] : []),
      ]),
      claims: fc.constant([aZonalClaim("eu-west-1a")]),
    }),
  );

const anySpec: fc.Arbitrary<Spec> = fc
  .record({
    nodes: fc.shuffledSubarray<NodeOrderKey>(
      ["name", "oldestFirst", "fewestPods", "zone", "zoneRoundRobin", "group", "listed"],
      { minLength: 0, maxLength: 3 },
    ),
    pods: fc.shuffledSubarray<PodOrderKey>(["regularBeforeSystem", "priority", "name"], { minLength: 0 }),
    mode: fc.constantFrom("terminate" as const, "none" as const),
    withPods: fc.boolean(),
    unplaceable: fc.constantFrom("block" as const, "awaitNode" as const),
  })
  .map(({ nodes, pods, mode, withPods, unplaceable }) =>
    aSpec({
      order: { nodes, pods },
      replace: { mode },
      pods: { unplaceable },
      targets: [
        aNodesTarget({ names: ["node-0"] }),
        aNodesTarget({ role: "node" }),
        ...(withPods ? [aPodsTarget({ namespaces: ["default", "kube-system"] })] : []),
      ],
    }),
  );

function shuffled<T>(items: readonly T[]): fc.Arbitrary<readonly T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });
}

/** RFC 8785 as far as a plan needs it: sorted keys, no white space. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    each !== null && typeof each === "object" && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

function planText(spec: Spec, lists: Lists): string {
  const groups = ["a", "b"].map((name) =>
    aGroup({ name, nodes: lists.nodes.filter((node) => node.labels["kops.k8s.io/instancegroup"] === name) }),
  );
  return canonical(makePlan({ spec, snapshot: aSnapshot({ ...lists, groups }), cluster: aCluster() }));
}

describe("a plan", () => {
  it("is the same, byte for byte, in whatever order the lists arrive", () => {
    const cases = anyLists.chain((lists) =>
      fc.record({
        spec: anySpec,
        lists: fc.constant(lists),
        other: fc.record({
          nodes: shuffled(lists.nodes),
          pods: shuffled(lists.pods),
          workloads: shuffled(lists.workloads),
          budgets: shuffled(lists.budgets),
          claims: shuffled(lists.claims),
        }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ spec, lists, other }) => {
        expect(planText(spec, other)).toBe(planText(spec, lists));
      }),
      { numRuns: 300 },
    );
  });

  it("has steps with ids of their own, whose needs stand in the same plan", () => {
    fc.assert(
      fc.property(anyLists, anySpec, (lists, spec) => {
        const groups = [aGroup({ nodes: lists.nodes.slice(1) })];
        const answer = makePlan({ spec, snapshot: aSnapshot({ ...lists, groups }), cluster: aCluster() });
        if (answer.kind === "refused") return;
        const ids = answer.content.steps.map((step) => step.id);
        expect(new Set(ids).size).toBe(ids.length);
        for (const step of answer.content.steps) expect(ids).toEqual(expect.arrayContaining([...step.needs]));
        expect(answer.content.applyable).toBe(answer.content.blockers.length === 0);
      }),
      { numRuns: 200 },
    );
  });
});
