import { expect } from "vitest";
import { at, collection, conditionOf, get, mustSend, until } from "./api.ts";
import { evict, wrongUid } from "./eviction-cases.ts";
import type { ContractCase, Namespaced } from "./subject.ts";
import {
  aBarePod,
  aBudget,
  aDaemonSet,
  aDeployment,
  aJob,
  allReady,
  aStatefulSet,
  podsOf,
} from "./workloads.ts";

interface BudgetStatus {
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
}

/** Settled when the budget's status is so, for its newest generation. */
export function settles(
  cluster: Namespaced,
  name: string,
  wanted: Partial<BudgetStatus>,
  seconds = 60,
): Promise<unknown> {
  const look = async () => {
    const { metadata, status } = await get(cluster, "poddisruptionbudgets", name);
    if (at(status, "observedGeneration") !== metadata.generation) return undefined;
    const isSo = Object.entries(wanted).every(([key, value]) => at(status, key) === value);
    return isSo ? status : undefined;
  };
  return until(cluster.subject, `budget ${name} to be ${JSON.stringify(wanted)}`, look, seconds);
}

/** Settled when the controller could not compute the budget, with its sentence. */
function failsToSync(cluster: Namespaced, name: string): Promise<string | undefined> {
  return until(cluster.subject, "the failure of its sync", async () => {
    const seen = await get(cluster, "poddisruptionbudgets", name);
    const condition = conditionOf(seen, "DisruptionAllowed");
    if (condition?.reason !== "SyncFailed") return undefined;
    expect(condition.status).toBe("False");
    expect(at(seen.status, "disruptionsAllowed")).toBe(0);
    return condition.message;
  });
}

const counted: readonly ContractCase[] = [
  ...(
    [
      [
        { minAvailable: 3 },
        4,
        { disruptionsAllowed: 1, currentHealthy: 4, desiredHealthy: 3, expectedPods: 4 },
      ],
      [{ minAvailable: "50%" }, 3, { disruptionsAllowed: 1, desiredHealthy: 2, expectedPods: 3 }],
      [{ maxUnavailable: 1 }, 3, { disruptionsAllowed: 1, desiredHealthy: 2, expectedPods: 3 }],
      [{ maxUnavailable: "30%" }, 4, { disruptionsAllowed: 2, desiredHealthy: 2, expectedPods: 4 }],
      [{ maxUnavailable: 0 }, 2, { disruptionsAllowed: 0, desiredHealthy: 2, expectedPods: 2 }],
      [{ minAvailable: "100%" }, 2, { disruptionsAllowed: 0, desiredHealthy: 2, expectedPods: 2 }],
    ] as const
  ).map(
    ([spec, replicas, wanted]): ContractCase => ({
      sentence: `${JSON.stringify(spec)} of ${replicas} pods allows ${wanted.disruptionsAllowed}`,
      async show(cluster) {
        await aDeployment(cluster, "web", { replicas });
        await aBudget(cluster, "b", "web", spec);
        await allReady(cluster, "web", replicas);
        await settles(cluster, "b", { currentHealthy: replicas, ...wanted });
        const isAllowed = wanted.disruptionsAllowed > 0;
        const budget = await get(cluster, "poddisruptionbudgets", "b");
        expect(conditionOf(budget, "DisruptionAllowed")).toMatchObject({
          status: isAllowed ? "True" : "False",
          reason: isAllowed ? "SufficientPods" : "InsufficientPods",
        });
      },
    }),
  ),
  {
    sentence: "that selects nothing allows nothing",
    async show(cluster) {
      await aBudget(cluster, "b", "nobody", { minAvailable: 0 });
      await settles(cluster, "b", { disruptionsAllowed: 0, currentHealthy: 0, expectedPods: 0 });
    },
  },
  {
    sentence: "of a percentage leaves bare pods out of what it expects, and so allows nothing",
    async show(cluster) {
      await aBarePod(cluster, "alone");
      await allReady(cluster, "alone", 1);
      await aBudget(cluster, "b", "alone", { maxUnavailable: "50%" });
      await settles(cluster, "b", {
        disruptionsAllowed: 0,
        currentHealthy: 1,
        desiredHealthy: 0,
        expectedPods: 0,
      });
      const answer = await evict(cluster, "alone");
      expect(answer).toMatchObject({ status: 429, retryAfter: undefined });
    },
  },
  {
    sentence: "of a number of bare pods can be computed",
    async show(cluster) {
      await aBarePod(cluster, "alone");
      await allReady(cluster, "alone", 1);
      await aBudget(cluster, "b", "alone", { minAvailable: 0 });
      await settles(cluster, "b", {
        disruptionsAllowed: 1,
        currentHealthy: 1,
        desiredHealthy: 0,
        expectedPods: 1,
      });
    },
  },
  {
    sentence: "that needs the scale of a Job cannot be computed: it says why, and evictions are put off",
    async show(cluster) {
      await aJob(cluster, "work");
      await allReady(cluster, "work", 1);
      await aBudget(cluster, "b", "work", { maxUnavailable: 1 });
      expect(await failsToSync(cluster, "b")).toBe("jobs.batch does not implement the scale subresource");
      const [pod] = await podsOf(cluster, "work");
      const answer = await evict(cluster, pod?.metadata.name ?? "");
      expect(answer).toMatchObject({ status: 429, retryAfter: "10" });
    },
  },
  {
    sentence: "of a DaemonSet cannot be computed from a scale, but from a number of pods",
    async show(cluster) {
      await aDaemonSet(cluster, "agent");
      await allReady(cluster, "agent", 3);
      await aBudget(cluster, "scaled", "agent", { maxUnavailable: 1 });
      expect(await failsToSync(cluster, "scaled")).toBe(
        "daemonsets.apps does not implement the scale subresource",
      );
      const path = `${collection(cluster, "poddisruptionbudgets")}/scaled`;
      await mustSend(cluster.subject, "DELETE", path);
      await aBudget(cluster, "counted", "agent", { minAvailable: 2 });
      await settles(cluster, "counted", { disruptionsAllowed: 1, currentHealthy: 3, expectedPods: 3 });
    },
  },
  {
    sentence: "of a StatefulSet expects what its scale asks for, pods that are not there yet too",
    async show(cluster) {
      const annotations = { "rig/never-ready": "true" };
      await aStatefulSet(cluster, "db", { replicas: 4, annotations });
      await aBudget(cluster, "b", "db", { maxUnavailable: "50%" });
      await settles(cluster, "b", {
        disruptionsAllowed: 0,
        currentHealthy: 0,
        desiredHealthy: 2,
        expectedPods: 4,
      });
      expect(await podsOf(cluster, "db")).toHaveLength(1);
    },
  },
  {
    sentence: "takes a pod for healthy as soon as it is Ready, before minReadySeconds are over",
    async show(cluster) {
      await aDeployment(cluster, "web", { replicas: 2, spec: { minReadySeconds: 500 } });
      await aBudget(cluster, "b", "web", { maxUnavailable: 1 });
      await allReady(cluster, "web", 2);
      await settles(cluster, "b", { disruptionsAllowed: 1, currentHealthy: 2 });
      const { status } = await get(cluster, "deployments", "web");
      expect(at(status, "availableReplicas") ?? 0).toBe(0);
    },
  },
];

const recovered: readonly ContractCase[] = [
  {
    sentence: "is spent by an eviction and comes back when the replacement is Ready",
    async show(cluster) {
      await aDeployment(cluster, "web", { replicas: 2, annotations: { "rig/ready-delay": "4s" } });
      await aBudget(cluster, "b", "web", { maxUnavailable: 1 });
      const [first, second] = await allReady(cluster, "web", 2);
      await settles(cluster, "b", { disruptionsAllowed: 1, currentHealthy: 2 });
      expect((await evict(cluster, first?.metadata.name ?? "")).status).toBe(201);
      const refused = await evict(cluster, second?.metadata.name ?? "");
      expect(refused).toMatchObject({ status: 429, retryAfter: undefined });
      await settles(cluster, "b", { disruptionsAllowed: 0, currentHealthy: 1 });
      await allReady(cluster, "web", 2);
      await settles(cluster, "b", { disruptionsAllowed: 1, currentHealthy: 2 });
      expect((await evict(cluster, second?.metadata.name ?? "")).status).toBe(201);
    },
  },
  {
    sentence: "holds the floor when all pods are evicted at once",
    async show(cluster) {
      // no replacement is Ready before the last is asked for
      await aDeployment(cluster, "web", { replicas: 4, annotations: { "rig/ready-delay": "4s" } });
      await aBudget(cluster, "b", "web", { minAvailable: 3 });
      const pods = await allReady(cluster, "web", 4);
      await settles(cluster, "b", { disruptionsAllowed: 1, currentHealthy: 4 });
      const answers = await Promise.all(pods.map(({ metadata }) => evict(cluster, metadata.name)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 429, 429, 429]);
    },
  },
  {
    sentence: "follows the scale of its Deployment",
    async show(cluster) {
      await aDeployment(cluster, "web", { replicas: 1 });
      await aBudget(cluster, "b", "web", { minAvailable: 1 });
      await allReady(cluster, "web", 1);
      await settles(cluster, "b", { disruptionsAllowed: 0, currentHealthy: 1 });
      const path = `${collection(cluster, "deployments")}/web`;
      await mustSend(cluster.subject, "PATCH", path, { spec: { replicas: 3 } });
      await settles(cluster, "b", { disruptionsAllowed: 2, currentHealthy: 3, expectedPods: 3 });
    },
  },
  {
    sentence: "follows its own spec",
    async show(cluster) {
      await aDeployment(cluster, "web", { replicas: 2 });
      await aBudget(cluster, "b", "web", { minAvailable: 2 });
      await allReady(cluster, "web", 2);
      await settles(cluster, "b", { disruptionsAllowed: 0, currentHealthy: 2 });
      const path = `${collection(cluster, "poddisruptionbudgets")}/b`;
      await mustSend(cluster.subject, "PATCH", path, { spec: { minAvailable: 1 } });
      await settles(cluster, "b", { disruptionsAllowed: 1, desiredHealthy: 1 });
    },
  },
];

const spentForNothing: ContractCase = {
  sentence: "that an eviction spent for nothing has its disruption back when two minutes are over",
  async show(cluster) {
    const { clock } = cluster.subject;
    await aDeployment(cluster, "web", { replicas: 2 });
    await aBudget(cluster, "b", "web", { maxUnavailable: 1 });
    const [pod] = await allReady(cluster, "web", 2);
    await settles(cluster, "b", { disruptionsAllowed: 1, currentHealthy: 2 });
    const { name = "" } = pod?.metadata ?? {};
    const from = clock.monotonic();
    const answer = await evict(cluster, name, { preconditions: { uid: wrongUid } });
    expect(answer).toMatchObject({ status: 409, body: { reason: "Conflict" } });
    await settles(cluster, "b", { disruptionsAllowed: 0, currentHealthy: 1 });
    await settles(cluster, "b", { disruptionsAllowed: 1, currentHealthy: 2 }, 150);
    expect(clock.monotonic() - from).toBeGreaterThan(100_000);
    expect((await get(cluster, "pods", name)).metadata.uid).toBe(pod?.metadata.uid);
  },
};

export const budgetCases: readonly ContractCase[] = [...counted, ...recovered, spentForNothing].map(
  (one) => ({
    ...one,
    sentence: `a budget ${one.sentence}`,
  }),
);
