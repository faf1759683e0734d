import { expect } from "vitest";
import { at, type Body, collection, conditionOf, list, mustSend, until } from "./api.ts";
import { follow } from "./follow.ts";
import type { ContractCase, Namespaced } from "./subject.ts";
import { aBarePod, aDeployment, allReady, type PodWishes, podsOf } from "./workloads.ts";

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

const zoneLabel = "topology.kubernetes.io/zone";

/** A volume of the zone, and the case's claim "data" that is bound to it. */
async function aVolume(cluster: Namespaced, name: string, zone: string): Promise<void> {
  const shape = { accessModes: ["ReadWriteOnce"], storageClassName: "" };
  const storage = "1Gi";
  const term = { matchExpressions: [{ key: zoneLabel, operator: "In", values: [zone] }] };
  const spec = {
    ...shape,
    capacity: { storage },
    persistentVolumeReclaimPolicy: "Retain",
    claimRef: { name: "data", namespace: cluster.namespace },
    nodeAffinity: { required: { nodeSelectorTerms: [term] } },
    awsElasticBlockStore: { volumeID: "vol-0" },
  };
  await mustSend(cluster.subject, "POST", "/api/v1/persistentvolumes", { metadata: { name }, spec });
  const claim = { ...shape, volumeName: name, resources: { requests: { storage } } };
  const path = `/api/v1/namespaces/${cluster.namespace}/persistentvolumeclaims`;
  await mustSend(cluster.subject, "POST", path, { metadata: { name: "data" }, spec: claim });
}

const cordon = { unschedulable: true };

/** Changes a node that all share, and leaves it as it was, whatever the work sees. */
async function whileClosed(
  { subject }: Namespaced,
  path: string,
  spec: object,
  work: () => Promise<void>,
): Promise<void> {
  await mustSend(subject, "PATCH", path, { spec });
  try {
    await work();
  } finally {
    await mustSend(subject, "PATCH", path, { spec: { unschedulable: null, taints: null } });
  }
}

const isUnplaced = ({ spec }: Body): boolean => spec?.nodeName === undefined;

/** Settled when so many pods of the app have a node; gives all. */
function untilPlaced(cluster: Namespaced, app: string, count: number): Promise<readonly Body[]> {
  return until(cluster.subject, `${count} pods of ${app} to be placed`, async () => {
    const pods = await podsOf(cluster, app);
    return pods.filter((pod) => !isUnplaced(pod)).length === count ? pods : undefined;
  });
}

/** How many pods each node has, the fewest first. */
function counts(pods: readonly Body[]): readonly number[] {
  const found = new Map<unknown, number>();
  for (const pod of pods.filter((one) => !isUnplaced(one))) {
    found.set(pod.spec?.nodeName, (found.get(pod.spec?.nodeName) ?? 0) + 1);
  }
  return [...found.values()].toSorted();
}

function resize(cluster: Namespaced, app: string, replicas: number): Promise<Body> {
  const path = `${collection(cluster, "deployments")}/${app}`;
  return mustSend(cluster.subject, "PATCH", path, { spec: { replicas } });
}

function beside(app: string): object {
  const term = { labelSelector: { matchLabels: { app } }, topologyKey: "kubernetes.io/hostname" };
  return { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
}

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
      await whileClosed(cluster, path, cordon, async () => {
        await aBarePod(cluster, "p", { group: "lost" });
        expect(await whyPending(cluster, "p")).toBe(
          `0/7 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 5 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, ${preemption}`,
        );
      });
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
    sentence:
      "a hard spread over zones holds: one more stays Pending where its zone takes none, with its sentence",
    isAlone: true,
    async show(cluster) {
      const spread = [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { app: "even" } },
        },
      ];
      await aDeployment(cluster, "even", { replicas: 3, more: { topologySpreadConstraints: spread } });
      await untilPlaced(cluster, "even", 3);
      const [, , last] = await nodesOf(cluster, "nodes-a");
      const path = `/api/v1/nodes/${last?.metadata.name}`;
      await whileClosed(cluster, path, cordon, async () => {
        await resize(cluster, "even", 6);
        // a third on another node would be two more than the one of the closed zone
        const five = await untilPlaced(cluster, "even", 5);
        expect(counts(five)).toEqual([1, 2, 2]);
        expect(await whyPending(cluster, five.find(isUnplaced)?.metadata.name ?? "")).toBe(
          `0/7 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 2 node(s) didn't match pod topology spread constraints, 3 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/7 nodes are available: 2 No preemption victims found for incoming pod, 5 Preemption is not helpful for scheduling.`,
        );
      });
      expect(counts(await untilPlaced(cluster, "even", 6))).toEqual([2, 2, 2]);
    },
  },
  {
    sentence: "a pod that must stand beside another lands on its node, and stays Pending where there is none",
    isAlone: true,
    async show(cluster) {
      await aBarePod(cluster, "p", { more: beside("friend") });
      expect(await whyPending(cluster, "p")).toBe(
        `0/7 nodes are available: 1 node(s) had untolerated taint(s), 3 node(s) didn't match Pod's node affinity/selector, 3 node(s) didn't match pod affinity rules. no new claims to deallocate, ${preemption}`,
      );
      await aBarePod(cluster, "friend");
      expect(await placed(cluster, "p")).toBe(await placed(cluster, "friend"));
    },
  },
  {
    sentence: "a taint of one's own keeps pods off that do not tolerate it, and NoExecute sends them away",
    isAlone: true,
    async show(cluster) {
      const [node] = await nodesOf(cluster, "lost");
      const path = `/api/v1/nodes/${node?.metadata.name}`;
      const taint = { key: "example.io/closed", effect: "NoSchedule" };
      const tolerations = [{ key: "example.io/closed", operator: "Exists" }];
      await aBarePod(cluster, "before", { group: "lost" });
      await aBarePod(cluster, "tolerant", { group: "lost", more: { tolerations } });
      for (const name of ["before", "tolerant"]) await allReady(cluster, name, 1);
      await whileClosed(cluster, path, { taints: [taint] }, async () => {
        await aBarePod(cluster, "late", { group: "lost" });
        expect(await whyPending(cluster, "late")).toBe(
          `0/7 nodes are available: 2 node(s) had untolerated taint(s), 5 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, ${preemption}`,
        );
        await allReady(cluster, "before", 1);
        const taints = [{ ...taint, effect: "NoExecute" }];
        await mustSend(cluster.subject, "PATCH", path, { spec: { taints } });
        await until(
          cluster.subject,
          "the end of what does not tolerate it",
          async () => (await podsOf(cluster, "before")).length === 0 || undefined,
        );
      });
      expect(await placed(cluster, "late")).toBe(node?.metadata.name);
      await allReady(cluster, "tolerant", 1);
    },
  },
  {
    sentence: "a pod without room stays Pending, and lands when another makes it some",
    isAlone: true,
    async show(cluster) {
      const big = { group: "lost", requests: { cpu: "3" } };
      await aBarePod(cluster, "first", big);
      await placed(cluster, "first");
      await aBarePod(cluster, "second", big);
      expect(await whyPending(cluster, "second")).toBe(
        "0/7 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 5 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/7 nodes are available: 1 No preemption victims found for incoming pod, 6 Preemption is not helpful for scheduling.",
      );
      await mustSend(cluster.subject, "DELETE", `${collection(cluster, "pods")}/first`);
      await placed(cluster, "second");
      await mustSend(cluster.subject, "DELETE", `${collection(cluster, "pods")}/second`);
    },
  },
  {
    sentence: "a pod of higher priority takes the place of one of lower, which is told why",
    isAlone: true,
    async show(cluster) {
      const { subject } = cluster;
      const big = { group: "lost", requests: { cpu: "3" }, annotations: { "rig/stop-time": "2s" } };
      await aBarePod(cluster, "meek", big);
      await allReady(cluster, "meek", 1);
      const path = collection(cluster, "pods");
      const { resourceVersion } = (await mustSend(subject, "GET", path)).metadata;
      const follower = await follow(subject, path, { resourceVersion });
      await aBarePod(cluster, "proud", { ...big, more: { priorityClassName: "important" } });
      // both states pass: who looks now and then may miss them
      const seen = (what: string, wanted: (pod: Body) => boolean): Promise<Body> =>
        until(subject, what, async () => follower.events.map(({ object }) => object).find(wanted));
      const victim = await seen(
        "the victim's end to begin",
        ({ metadata }) => metadata.name === "meek" && metadata.deletionTimestamp !== undefined,
      );
      expect(conditionOf(victim, "DisruptionTarget")).toMatchObject({
        status: "True",
        reason: "PreemptionByScheduler",
      });
      const [node] = await nodesOf(cluster, "lost");
      const proud = await seen(
        "the other's nomination",
        ({ metadata, status }) => metadata.name === "proud" && at(status, "nominatedNodeName") !== undefined,
      );
      follower.close();
      expect([proud.spec?.priority, at(proud.status, "nominatedNodeName")]).toEqual([
        1000,
        node?.metadata.name,
      ]);
      await allReady(cluster, "proud", 1);
      expect(await podsOf(cluster, "meek")).toEqual([]);
      await mustSend(subject, "DELETE", `${collection(cluster, "pods")}/proud`);
    },
  },
  {
    sentence: "a pod whose volume lies in a zone lands there, and stays Pending where that zone is closed",
    isAlone: true,
    async show(cluster) {
      const { subject, namespace } = cluster;
      const nodes = await nodesOf(cluster, "nodes-a");
      const home = nodes.find(({ metadata }) => metadata.labels?.[zoneLabel] === "eu-west-1b");
      await aVolume(cluster, `volume-of-${namespace}`, "eu-west-1b");
      const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "data" } }];
      await aBarePod(cluster, "p", { more: { volumes } });
      expect(await placed(cluster, "p")).toBe(home?.metadata.name);
      await mustSend(subject, "DELETE", `${collection(cluster, "pods")}/p`);
      await until(subject, "its end", async () => (await podsOf(cluster, "p")).length === 0 || undefined);
      const path = `/api/v1/nodes/${home?.metadata.name}`;
      await whileClosed(cluster, path, cordon, async () => {
        await aBarePod(cluster, "p", { more: { volumes } });
        expect(await whyPending(cluster, "p")).toBe(
          `0/7 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 2 node(s) didn't match PersistentVolume's node affinity, 3 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, ${preemption}`,
        );
      });
      expect(await placed(cluster, "p")).toBe(home?.metadata.name);
      await mustSend(subject, "DELETE", `/api/v1/persistentvolumes/volume-of-${namespace}`);
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
