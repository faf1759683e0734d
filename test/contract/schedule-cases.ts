import { expect } from "vitest";
import { at, type Body, conditionOf, list, mustSend, until } from "./api.ts";
import type { ContractCase, Namespaced } from "./subject.ts";
import { aBarePod, aDeployment, type PodWishes, podsOf } from "./workloads.ts";

/** The scheduler's message about a pod that fits nowhere. */
function whyPending(cluster: Namespaced, name: string): Promise<string> {
  return until(cluster.subject, `${name} to be unschedulable`, async () => {
    const [pod] = await list(cluster, "pods", { fieldSelector: `metadata.name=${name}` });
    const condition = pod === undefined ? undefined : conditionOf(pod, "PodScheduled");
    return condition?.status === "False" && condition.reason === "Unschedulable"
      ? condition.message
      : undefined;
  });
}

function placed(cluster: Namespaced, name: string): Promise<string> {
  return until(cluster.subject, `${name} to be scheduled`, async () => {
    const [pod] = await list(cluster, "pods", { fieldSelector: `metadata.name=${name}` });
    const node = at(pod, "spec", "nodeName");
    return typeof node === "string" ? node : undefined;
  });
}

async function nodesOf({ subject }: Namespaced, group: string): Promise<readonly Body[]> {
  const query = { labelSelector: `kops.k8s.io/instancegroup=${group}` };
  return (await mustSend(subject, "GET", "/api/v1/nodes", undefined, { query })).items ?? [];
}

const own = { podAffinityTerm: { labelSelector: {}, topologyKey: "" } };
const preemption = "preemption: 0/7 nodes are available: 7 Preemption is not helpful for scheduling.";

function oneEach(app: string, topologyKey: string): object {
  const term = { ...own.podAffinityTerm, labelSelector: { matchLabels: { app } }, topologyKey };
  return { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
}

const refused: readonly (readonly [string, PodWishes & { readonly group?: string }, string])[] = [
  [
    "a node selector that no node has",
    { group: "nowhere" },
    `0/7 nodes are available: 1 node(s) had untolerated taint(s), 6 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, ${preemption}`,
  ],
  [
    "more cpu than any node has",
    { requests: { cpu: "100" } },
    "0/7 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient cpu, 3 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/7 nodes are available: 7 Preemption is not helpful for scheduling.",
  ],
  [
    "more cpu and memory than any node has",
    { requests: { cpu: "100", memory: "1Ti" } },
    "0/7 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient cpu, 3 Insufficient memory, 3 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/7 nodes are available: 7 Preemption is not helpful for scheduling.",
  ],
];

const messages: readonly ContractCase[] = refused.map(([what, wishes, message]) => ({
  sentence: `a pod that wants ${what} stays Pending with the scheduler's sentence`,
  isAlone: true,
  async show(cluster) {
    await aBarePod(cluster, "p", wishes);
    expect(await whyPending(cluster, "p")).toBe(message);
  },
}));

const places: readonly ContractCase[] = [
  {
    sentence: "a pod of a group lands on one of its nodes",
    async show(cluster) {
      await aBarePod(cluster, "p", { group: "spare", more: { nodeSelector: { disk: "ssd" } } });
      const spare = await nodesOf(cluster, "spare");
      expect(spare.map(({ metadata }) => metadata.name)).toContain(await placed(cluster, "p"));
    },
  },
  {
    sentence: "a pod lands on no cordoned node, stays Pending where all are, and lands once one is not",
    isAlone: true,
    async show(cluster) {
      const [node] = await nodesOf(cluster, "lost");
      const path = `/api/v1/nodes/${node?.metadata.name}`;
      await mustSend(cluster.subject, "PATCH", path, { spec: { unschedulable: true } });
      await aBarePod(cluster, "p", { group: "lost" });
      expect(await whyPending(cluster, "p")).toBe(
        `0/7 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 5 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, ${preemption}`,
      );
      await mustSend(cluster.subject, "PATCH", path, { spec: { unschedulable: null } });
      expect(await placed(cluster, "p")).toBe(node?.metadata.name);
    },
  },
  {
    sentence: "pods that may not share a node do not: one more than nodes stays Pending, with its sentence",
    isAlone: true,
    async show(cluster) {
      await aDeployment(cluster, "apart", { replicas: 4, more: oneEach("apart", "kubernetes.io/hostname") });
      const pods = await until(cluster.subject, "three placed and one not", async () => {
        const seen = await podsOf(cluster, "apart");
        const nodes = seen.map(({ spec }) => spec?.nodeName).filter((node) => node !== undefined);
        const isSettled =
          nodes.length === 3 && seen.some((pod) => conditionOf(pod, "PodScheduled")?.status === "False");
        return isSettled ? seen : undefined;
      });
      const nodes = pods.map(({ spec }) => spec?.nodeName).filter((node) => node !== undefined);
      expect(new Set(nodes).size).toBe(3);
      const pending = pods.find(({ spec }) => spec?.nodeName === undefined);
      expect(await whyPending(cluster, pending?.metadata.name ?? "")).toMatch(
        /^0\/7 nodes are available: 1 node\(s\) had untolerated taint\(s\), 3 node\(s\) didn't match Pod's node affinity\/selector, 3 node\(s\) didn't match pod anti-affinity rules\. /,
      );
    },
  },
  {
    sentence: "a hard spread over zones holds",
    async show(cluster) {
      const spread = [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { app: "even" } },
        },
      ];
      await aDeployment(cluster, "even", { replicas: 6, more: { topologySpreadConstraints: spread } });
      const pods = await until(cluster.subject, "six placed", async () => {
        const seen = await podsOf(cluster, "even");
        return seen.length === 6 && seen.every(({ spec }) => spec?.nodeName !== undefined) ? seen : undefined;
      });
      const counts = new Map<unknown, number>();
      for (const { spec } of pods) counts.set(spec?.nodeName, (counts.get(spec?.nodeName) ?? 0) + 1);
      expect([...counts.values()]).toEqual([2, 2, 2]);
    },
  },
  {
    sentence: "a pod that tolerates everything lands on the tainted control plane too",
    async show(cluster) {
      await aBarePod(cluster, "p", {
        group: "control-plane",
        more: { tolerations: [{ operator: "Exists" }] },
      });
      const [node] = await nodesOf(cluster, "control-plane");
      expect(await placed(cluster, "p")).toBe(node?.metadata.name);
    },
  },
];

export const scheduleCases: readonly ContractCase[] = [...messages, ...places];
