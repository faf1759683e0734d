import { expect } from "vitest";
import {
  type Answer,
  at,
  type Body,
  collection,
  conditionOf,
  create,
  expectAtMost,
  get,
  mustSend,
  send,
} from "./api.ts";
import type { ContractCase, Namespaced } from "./subject.ts";

/*
 * The eviction table, row by row, as it was measured: pods on a node that does not exist and with statuses
 * written by hand, so that neither controllers nor kubelets act.
 */
export const wrongUid = "00000000-0000-0000-0000-000000000000";

interface PodOptions {
  readonly phase?: string;
  readonly ready?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}

export async function aPod(cluster: Namespaced, name: string, options: PodOptions = {}): Promise<Body> {
  const { phase = "Running", ready = true, labels = { app: "a" } } = options;
  const spec = { nodeName: "n1", terminationGracePeriodSeconds: 30, containers: [{ name: "c", image: "i" }] };
  await create(cluster, "pods", { metadata: { name, labels }, spec });
  const conditions = [{ type: "Ready", status: ready ? "True" : "False" }];
  const path = `${collection(cluster, "pods")}/${name}/status`;
  return mustSend(cluster.subject, "PATCH", path, { status: { phase, conditions } });
}

async function aBudget(cluster: Namespaced, name: string, spec: object, status?: object): Promise<void> {
  await create(cluster, "poddisruptionbudgets", { metadata: { name }, spec });
  if (status === undefined) return;
  const path = `${collection(cluster, "poddisruptionbudgets")}/${name}/status`;
  await mustSend(cluster.subject, "PATCH", path, { status: { observedGeneration: 1, ...status } });
}

export function evict(cluster: Namespaced, name: string, deleteOptions: object = {}): Promise<Answer> {
  return send(cluster.subject, "POST", `${collection(cluster, "pods")}/${name}/eviction`, {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name, namespace: cluster.namespace },
    deleteOptions,
  });
}

const budgetStatus = async (cluster: Namespaced, name: string) =>
  (await get(cluster, "poddisruptionbudgets", name)).status as {
    readonly disruptionsAllowed: number;
    readonly disruptedPods?: Readonly<Record<string, string>>;
  };

const twoHealthy = { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 };
const belowFloor = { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 2, expectedPods: 2 };
const matching = (app: string) => ({ minAvailable: 1, selector: { matchLabels: { app } } });
const tierX = { minAvailable: 1, selector: { matchLabels: { tier: "x" } } };

const withoutBudget: readonly ContractCase[] = [
  {
    sentence: "1: without a budget answers 201, begins the grace period and says why the pod is disrupted",
    isStill: true,
    async show(cluster) {
      const { metadata } = await aPod(cluster, "p");
      const answer = await evict(cluster, "p", { preconditions: { uid: metadata.uid } });
      expect(answer).toMatchObject({ status: 201, body: { kind: "Status", status: "Success" } });
      const evicted = await get(cluster, "pods", "p");
      expect(evicted.metadata.deletionTimestamp).toBeDefined();
      expect(evicted.metadata.deletionGracePeriodSeconds).toBe(30);
      expect(conditionOf(evicted, "DisruptionTarget")).toMatchObject({
        status: "True",
        reason: "EvictionByEvictionAPI",
        message: "Eviction API: evicting",
      });
    },
  },
  {
    sentence: "2: repeated while the pod terminates, with its UID, answers 201 again",
    isStill: true,
    async show(cluster) {
      const { metadata } = await aPod(cluster, "p");
      await evict(cluster, "p");
      expect(await evict(cluster, "p", { preconditions: { uid: metadata.uid } })).toMatchObject({
        status: 201,
      });
    },
  },
  {
    sentence: "2b: repeated with a smaller grace period shortens it, and a larger one does not lengthen it",
    isStill: true,
    async show(cluster) {
      await aPod(cluster, "p");
      await evict(cluster, "p");
      const long = (await get(cluster, "pods", "p")).metadata;
      expect((await evict(cluster, "p", { gracePeriodSeconds: 5 })).status).toBe(201);
      const short = (await get(cluster, "pods", "p")).metadata;
      expect([long.deletionGracePeriodSeconds, short.deletionGracePeriodSeconds]).toEqual([30, 5]);
      const saved = Date.parse(long.deletionTimestamp ?? "") - Date.parse(short.deletionTimestamp ?? "");
      expect(saved / 1000).toBeGreaterThan(20);
      await evict(cluster, "p", { gracePeriodSeconds: 300 });
      expect((await get(cluster, "pods", "p")).metadata.deletionGracePeriodSeconds).toBe(5);
    },
  },
  {
    sentence: "3: of a pod that does not exist answers 404",
    isStill: true,
    async show(cluster) {
      expect(await evict(cluster, "ghost")).toMatchObject({
        status: 404,
        body: {
          reason: "NotFound",
          message: 'pods "ghost" not found',
          details: { name: "ghost", kind: "pods" },
        },
      });
    },
  },
  {
    sentence: "4: with a wrong UID answers 409 at once, and the pod stays",
    isStill: true,
    async show(cluster) {
      await aPod(cluster, "p");
      const answer = await evict(cluster, "p", { preconditions: { uid: wrongUid } });
      expect(answer).toMatchObject({ status: 409, body: { reason: "Conflict" } });
      expectAtMost(cluster.subject, answer.tookMs, 5000);
      expect((await get(cluster, "pods", "p")).metadata.deletionTimestamp).toBeUndefined();
    },
  },
  {
    sentence: "14: with a stale resource version answers 409",
    isStill: true,
    async show(cluster) {
      await aPod(cluster, "p");
      expect(await evict(cluster, "p", { preconditions: { resourceVersion: "1" } })).toMatchObject({
        status: 409,
        body: { reason: "Conflict" },
      });
    },
  },
  {
    sentence: "15: with a wrong UID on a Pending pod answers 409 only after the server's own retries, 10 s",
    isStill: true,
    async show(cluster) {
      await aPod(cluster, "p", { phase: "Pending", ready: false });
      const answer = await evict(cluster, "p", { preconditions: { uid: wrongUid } });
      expect(answer).toMatchObject({ status: 409, body: { reason: "Conflict" } });
      expect(answer.tookMs).toBeGreaterThan(9000);
      expectAtMost(cluster.subject, answer.tookMs, 20_000);
    },
  },
  {
    sentence: "16: whose body names another pod answers 400",
    isStill: true,
    async show(cluster) {
      await aPod(cluster, "p");
      const path = `${collection(cluster, "pods")}/p/eviction`;
      const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "other" } };
      expect(await send(cluster.subject, "POST", path, body)).toMatchObject({
        status: 400,
        body: { reason: "BadRequest", message: "name in URL does not match name in Eviction object" },
      });
    },
  },
  {
    sentence: "16b: whose body names another namespace answers 400, and the pod stays",
    isStill: true,
    async show(cluster) {
      await aPod(cluster, "p");
      const path = `${collection(cluster, "pods")}/p/eviction`;
      const metadata = { name: "p", namespace: "default" };
      const body = { apiVersion: "policy/v1", kind: "Eviction", metadata };
      expect(await send(cluster.subject, "POST", path, body)).toMatchObject({
        status: 400,
        body: {
          reason: "BadRequest",
          message: "the namespace of the provided object does not match the namespace sent on the request",
        },
      });
      expect((await get(cluster, "pods", "p")).metadata.deletionTimestamp).toBeUndefined();
    },
  },
  {
    sentence: "22: in a terminating namespace answers 403 with its cause",
    isStill: true,
    async show(cluster) {
      const { namespace, subject } = cluster;
      const spec = { nodeName: "n1", containers: [{ name: "c", image: "i" }] };
      await create(cluster, "pods", { metadata: { name: "t0", finalizers: ["x.io/f"] }, spec });
      await mustSend(subject, "DELETE", `/api/v1/namespaces/${namespace}`);
      const answer = await evict(cluster, "t0");
      expect(answer).toMatchObject({ status: 403, body: { reason: "Forbidden" } });
      expect(answer.body.details?.causes?.[0]?.reason).toBe("NamespaceTerminating");
      const path = `${collection(cluster, "pods")}/t0`;
      await mustSend(subject, "PATCH", path, { metadata: { finalizers: null } });
    },
  },
];

const underBudgets: readonly ContractCase[] = [
  {
    sentence: "5: as a dry run answers 201 and leaves budget and pod alone",
    isStill: true,
    async show(cluster) {
      await aBudget(cluster, "b", matching("w"), twoHealthy);
      await aPod(cluster, "w0", { labels: { app: "w" } });
      expect((await evict(cluster, "w0", { dryRun: ["All"] })).status).toBe(201);
      const status = await budgetStatus(cluster, "b");
      expect(status.disruptionsAllowed).toBe(1);
      expect(status.disruptedPods ?? {}).toEqual({});
      expect((await get(cluster, "pods", "w0")).metadata.deletionTimestamp).toBeUndefined();
    },
  },
  {
    sentence:
      "6 and 7: with a wrong UID answers 409 and spends the budget all the same: the next one gets 429",
    isStill: true,
    async show(cluster) {
      await aBudget(cluster, "b", matching("w"), twoHealthy);
      await aPod(cluster, "w0", { labels: { app: "w" } });
      const other = await aPod(cluster, "w1", { labels: { app: "w" } });
      const wrong = await evict(cluster, "w0", { preconditions: { uid: wrongUid } });
      expect(wrong).toMatchObject({ status: 409, body: { reason: "Conflict" } });
      const status = await budgetStatus(cluster, "b");
      expect(status.disruptionsAllowed).toBe(0);
      expect(Object.keys(status.disruptedPods ?? {})).toEqual(["w0"]);
      const next = await evict(cluster, "w1", { preconditions: { uid: other.metadata.uid } });
      expect(next).toMatchObject({
        status: 429,
        retryAfter: undefined,
        body: {
          reason: "TooManyRequests",
          message: "Cannot evict pod as it would violate the pod's disruption budget.",
        },
      });
      expect(next.body.details?.causes).toEqual([
        {
          reason: "DisruptionBudget",
          message: "The disruption budget b does not allow evicting pods currently",
        },
      ]);
    },
  },
  {
    sentence: "8: while the budget was never looked at answers 429 with Retry-After 10",
    isStill: true,
    async show(cluster) {
      await aBudget(cluster, "b", matching("z"));
      await aPod(cluster, "z0", { labels: { app: "z" } });
      const answer = await evict(cluster, "z0");
      expect(answer).toMatchObject({ status: 429, retryAfter: "10", body: { reason: "TooManyRequests" } });
      expect(answer.body.details).toMatchObject({ retryAfterSeconds: 10 });
      expect(answer.body.details?.causes).toEqual([
        {
          reason: "DisruptionBudget",
          message: "The disruption budget b is still being processed by the server.",
        },
      ]);
    },
  },
  {
    sentence: "9: under two budgets answers 500 with nothing but a sentence, also as a dry run",
    isStill: true,
    async show(cluster) {
      await aBudget(cluster, "m1", matching("m"), twoHealthy);
      await aBudget(cluster, "m2", tierX, twoHealthy);
      await aPod(cluster, "m0", { labels: { app: "m", tier: "x" } });
      for (const options of [{}, { dryRun: ["All"] }]) {
        const answer = await evict(cluster, "m0", options);
        expect(answer).toMatchObject({ status: 500, body: { kind: "Status", code: 500 } });
        expect(answer.body.reason).toBeUndefined();
        expect(answer.body.details).toBeUndefined();
        expect(answer.body.message).toBe(
          "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
        );
      }
    },
  },
  ...["Pending", "Succeeded", "Failed"].map(
    (phase): ContractCase => ({
      sentence: `10: of a ${phase} pod passes two budgets by`,
      isStill: true,
      async show(cluster) {
        await aBudget(cluster, "m1", matching("m"), { ...twoHealthy, disruptionsAllowed: 0 });
        await aBudget(cluster, "m2", tierX, twoHealthy);
        await aPod(cluster, "mp", { phase, ready: false, labels: { app: "m", tier: "x" } });
        expect((await evict(cluster, "mp")).status).toBe(201);
      },
    }),
  ),
  {
    sentence: "10: of a terminating pod passes two budgets by and spends neither",
    isStill: true,
    async show(cluster) {
      await aBudget(cluster, "m1", matching("m"), twoHealthy);
      await aPod(cluster, "m0", { labels: { app: "m", tier: "x" } });
      expect((await evict(cluster, "m0")).status).toBe(201);
      await aBudget(cluster, "m2", tierX, twoHealthy);
      expect((await evict(cluster, "m0")).status).toBe(201);
      expect((await budgetStatus(cluster, "m2")).disruptionsAllowed).toBe(1);
    },
  },
  {
    sentence:
      "11: of an unready pod answers 429 while the application is below its floor, 201 once it is not",
    isStill: true,
    async show(cluster) {
      const spec = { ...matching("u"), minAvailable: 2 };
      await aBudget(cluster, "u", spec, belowFloor);
      await aPod(cluster, "u0", { ready: false, labels: { app: "u" } });
      const answer = await evict(cluster, "u0");
      expect(answer).toMatchObject({ status: 429, retryAfter: undefined });
      expect(answer.body.details?.causes?.[0]?.message).toBe(
        "The disruption budget u needs 2 healthy pods and has 1 currently",
      );
      const path = `${collection(cluster, "poddisruptionbudgets")}/u/status`;
      await mustSend(cluster.subject, "PATCH", path, { status: { currentHealthy: 2 } });
      expect((await evict(cluster, "u0")).status).toBe(201);
    },
  },
  {
    sentence:
      "12: of an unready pod passes with AlwaysAllow, even while the budget's generation is unobserved",
    isStill: true,
    async show(cluster) {
      await aBudget(cluster, "u", { ...matching("u"), minAvailable: 2 }, belowFloor);
      await aPod(cluster, "u0", { ready: false, labels: { app: "u" } });
      const path = `${collection(cluster, "poddisruptionbudgets")}/u`;
      const body = { spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" } };
      const { metadata, status } = await mustSend(cluster.subject, "PATCH", path, body);
      expect([metadata.generation, at(status, "observedGeneration")]).toEqual([2, 1]);
      expect((await evict(cluster, "u0")).status).toBe(201);
    },
  },
  {
    sentence: "13: is held up by the empty selector, which matches every pod of the namespace",
    isStill: true,
    async show(cluster) {
      const status = { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 };
      await aBudget(cluster, "e", { minAvailable: 1, selector: {} }, status);
      await aPod(cluster, "any", { labels: { q: "1" } });
      expect((await evict(cluster, "any")).status).toBe(429);
    },
  },
];

export const evictionCases: readonly ContractCase[] = [...withoutBudget, ...underBudgets].map((one) => ({
  ...one,
  sentence: `an eviction, ${one.sentence}`,
}));
