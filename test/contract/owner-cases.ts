import { expect } from "vitest";
import {
  at,
  type Body,
  collection,
  conditionOf,
  create,
  expectAtMost,
  get,
  isReady,
  list,
  mustSend,
  send,
  until,
} from "./api.ts";
import { evict } from "./eviction-cases.ts";
import { type Follower, follow, untilTold } from "./follow.ts";
import type { ContractCase, Namespaced } from "./subject.ts";
import {
  aBarePod,
  aDaemonSet,
  aDeployment,
  aJob,
  allReady,
  aStatefulSet,
  podsOf,
  uids,
} from "./workloads.ts";

/** Evicts a pod, and sees what becomes of it and of those that follow. */
export async function evictAndFollow(cluster: Namespaced, pod: Body): Promise<Follower> {
  const path = collection(cluster, "pods");
  const { resourceVersion } = (await mustSend(cluster.subject, "GET", path)).metadata;
  const follower = await follow(cluster.subject, path, { resourceVersion });
  const answer = await evict(cluster, pod.metadata.name, { preconditions: { uid: pod.metadata.uid } });
  expect(answer.status).toBe(201);
  return follower;
}

/** Where in the events the pod began to end, was gone, and the first pod that was not known came. */
function order(follower: Follower, known: readonly string[], victim: Body) {
  const find = (test: (type: string, object: Body) => boolean): number | undefined => {
    const index = follower.events.findIndex(({ type, object }) => test(type, object));
    return index < 0 ? undefined : index;
  };
  const isVictim = (object: Body): boolean => object.metadata.uid === victim.metadata.uid;
  return {
    terminating: find((_, object) => isVictim(object) && object.metadata.deletionTimestamp !== undefined),
    gone: find((type, object) => isVictim(object) && type === "DELETED"),
    successor: find((type, object) => type === "ADDED" && !known.includes(object.metadata.uid)),
  };
}

interface Order {
  readonly terminating: number;
  readonly gone: number;
  readonly successor: number;
}

/** Settled when the victim is gone and a successor has come. */
export function untilReplaced(
  cluster: Namespaced,
  follower: Follower,
  known: readonly string[],
  victim: Body,
): Promise<Order> {
  return until(cluster.subject, `a successor of ${victim.metadata.name}`, async () => {
    const { terminating, gone, successor } = order(follower, known, victim);
    if (terminating === undefined || gone === undefined || successor === undefined) return undefined;
    follower.close();
    return { terminating, gone, successor };
  });
}

const slow = { annotations: { "rig/stop-time": "4s" }, gracePeriodSeconds: 8 };

const replacements: readonly ContractCase[] = [
  {
    sentence: "a Deployment's replacement comes under a new name while the old pod still terminates",
    async show(cluster) {
      await aDeployment(cluster, "web", { replicas: 2, ...slow });
      const pods = await allReady(cluster, "web", 2);
      const [victim] = pods;
      if (victim === undefined) throw new Error("no pod");
      const from = cluster.subject.clock.monotonic();
      const follower = await evictAndFollow(cluster, victim);
      const seen = await until(cluster.subject, "a successor", async () => {
        const { successor } = order(follower, uids(pods), victim);
        return successor;
      });
      expectAtMost(cluster.subject, cluster.subject.clock.monotonic() - from, 3000);
      const { terminating, gone, successor } = await untilReplaced(cluster, follower, uids(pods), victim);
      expect(successor).toBe(seen);
      expect(terminating).toBeLessThan(successor);
      expect(successor).toBeLessThan(gone);
      const names = pods.map(({ metadata }) => metadata.name);
      expect(names).not.toContain(follower.events[successor]?.object.metadata.name);
      await allReady(cluster, "web", 2);
    },
  },
  {
    sentence: "a StatefulSet's replacement comes only when the old pod is gone: same name, another UID",
    async show(cluster) {
      await aStatefulSet(cluster, "db", { replicas: 2, ...slow });
      const pods = await allReady(cluster, "db", 2);
      const [victim] = pods;
      if (victim === undefined) throw new Error("no pod");
      const follower = await evictAndFollow(cluster, victim);
      const { gone, successor } = await untilReplaced(cluster, follower, uids(pods), victim);
      expect(gone).toBeLessThan(successor);
      expect(follower.events[successor]?.object.metadata.name).toBe("db-0");
      await allReady(cluster, "db", 2);
    },
  },
  {
    sentence:
      "a Job's pod that is evicted counts as failed, and another comes some ten seconds later under a new name",
    async show(cluster) {
      await aJob(cluster, "report", { annotations: { "rig/stop-time": "500ms" } });
      const pods = await allReady(cluster, "report", 1);
      const [victim] = pods;
      if (victim === undefined) throw new Error("no pod");
      const from = cluster.subject.clock.monotonic();
      const follower = await evictAndFollow(cluster, victim);
      const { gone, successor } = await untilReplaced(cluster, follower, uids(pods), victim);
      const took = cluster.subject.clock.monotonic() - from;
      expect(took).toBeGreaterThan(7000);
      expectAtMost(cluster.subject, took, 25_000);
      expect(gone).toBeLessThan(successor);
      expect(follower.events[successor]?.object.metadata.name).not.toBe(victim.metadata.name);
      const job = await until(cluster.subject, "the failure counted", async () => {
        const seen = await get(cluster, "jobs", "report");
        return at(seen.status, "failed") === 1 ? seen : undefined;
      });
      expect(conditionOf(job, "Failed")).toBeUndefined();
    },
  },
  {
    sentence: "a Job without a backoff limit to spare fails with the eviction, and nothing comes after it",
    async show(cluster) {
      await aJob(cluster, "once", { spec: { backoffLimit: 0 } });
      const [victim] = await allReady(cluster, "once", 1);
      expect((await evict(cluster, victim?.metadata.name ?? "")).status).toBe(201);
      const job = await until(cluster.subject, "its failure", async () => {
        const seen = await get(cluster, "jobs", "once");
        return conditionOf(seen, "Failed")?.status === "True" ? seen : undefined;
      });
      expect(conditionOf(job, "Failed")).toMatchObject({
        reason: "BackoffLimitExceeded",
        message: "Job has reached the specified backoff limit",
      });
      await cluster.subject.clock.sleep(3000);
      const pods = await podsOf(cluster, "once");
      expect(pods.filter(isReady)).toEqual([]);
    },
  },
  {
    sentence: "a bare pod that is evicted never comes back",
    async show(cluster) {
      await aBarePod(cluster, "alone");
      await allReady(cluster, "alone", 1);
      expect((await evict(cluster, "alone")).status).toBe(201);
      await until(
        cluster.subject,
        "its end",
        async () => (await podsOf(cluster, "alone")).length === 0 || undefined,
      );
      await cluster.subject.clock.sleep(4000);
      expect(await podsOf(cluster, "alone")).toEqual([]);
    },
  },
  {
    sentence: "a DaemonSet's pod comes back on the node that it was evicted from, when the old one is gone",
    async show(cluster) {
      await aDaemonSet(cluster, "agent");
      const pods = await allReady(cluster, "agent", 3);
      const [victim] = pods;
      if (victim === undefined) throw new Error("no pod");
      const follower = await evictAndFollow(cluster, victim);
      const { gone, successor } = await untilReplaced(cluster, follower, uids(pods), victim);
      expect(gone).toBeLessThan(successor);
      const after = await allReady(cluster, "agent", 3);
      const next = after.find(({ metadata }) => !uids(pods).includes(metadata.uid));
      expect(next?.spec?.nodeName).toBe(victim.spec?.nodeName);
    },
  },
];

const lives: readonly ContractCase[] = [
  {
    sentence: "a Deployment says how many are available, and its observed generation follows its spec",
    async show(cluster) {
      await aDeployment(cluster, "web", { replicas: 3 });
      await allReady(cluster, "web", 3);
      const path = `${collection(cluster, "deployments")}/web`;
      const settled = (replicas: number, generation: number) =>
        until(cluster.subject, `${replicas} available`, async () => {
          const { metadata, status } = await mustSend(cluster.subject, "GET", path);
          const isObserved = at(status, "observedGeneration") === metadata.generation;
          const available = at(status, "availableReplicas") ?? 0;
          return isObserved &&
            metadata.generation === generation &&
            available === replicas &&
            at(status, "replicas") === (replicas === 0 ? undefined : replicas)
            ? status
            : undefined;
        });
      expect(await settled(3, 1)).toMatchObject({ readyReplicas: 3, updatedReplicas: 3 });
      await mustSend(cluster.subject, "PATCH", path, { spec: { replicas: 0 } });
      await settled(0, 2);
      await until(
        cluster.subject,
        "no pods",
        async () => (await podsOf(cluster, "web")).length === 0 || undefined,
      );
    },
  },
  {
    sentence: "a Deployment's new template makes a new ReplicaSet and moves all pods to it, within its surge",
    async show(cluster) {
      await aDeployment(cluster, "web", {
        replicas: 2,
        spec: { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
      });
      const before = await allReady(cluster, "web", 2);
      const path = collection(cluster, "pods");
      const { resourceVersion } = (await mustSend(cluster.subject, "GET", path)).metadata;
      const follower = await follow(cluster.subject, path, { resourceVersion });
      const patch = { spec: { template: { metadata: { annotations: { "example.io/restarted": "1" } } } } };
      await mustSend(cluster.subject, "PATCH", `${collection(cluster, "deployments")}/web`, patch);
      const after = await until(cluster.subject, "new pods alone", async () => {
        const pods = await podsOf(cluster, "web");
        const isNew = pods.every(({ metadata }) => !uids(before).includes(metadata.uid));
        return pods.length === 2 && isNew && pods.every(isReady) ? pods : undefined;
      });
      await untilTold(cluster.subject, follower, after);
      follower.close();
      const ready = new Set(uids(before));
      for (const { type, object } of follower.events) {
        if (isReady(object) && type !== "DELETED") ready.add(object.metadata.uid);
        else ready.delete(object.metadata.uid);
        expect(ready.size).toBeGreaterThanOrEqual(2);
        expect(ready.size).toBeLessThanOrEqual(3);
      }
      const sets = await mustSend(cluster.subject, "GET", collection(cluster, "replicasets"));
      expect((sets.items ?? []).map(({ spec }) => spec?.replicas).toSorted()).toEqual([0, 2]);
    },
  },
  {
    sentence: "a pod counts as available only after minReadySeconds",
    async show(cluster) {
      await aDeployment(cluster, "web", { replicas: 1, spec: { minReadySeconds: 5 } });
      await allReady(cluster, "web", 1);
      const path = `${collection(cluster, "deployments")}/web`;
      const early = await mustSend(cluster.subject, "GET", path);
      expect(at(early.status, "availableReplicas") ?? 0).toBe(0);
      const from = cluster.subject.clock.monotonic();
      await until(cluster.subject, "it to be available", async () => {
        const { status } = await mustSend(cluster.subject, "GET", path);
        return at(status, "availableReplicas") === 1 || undefined;
      });
      expect(cluster.subject.clock.monotonic() - from).toBeGreaterThan(2500);
    },
  },
  {
    sentence:
      "a StatefulSet makes its pods in order, each when the one before is Ready, and takes them in reverse",
    async show(cluster) {
      const path = collection(cluster, "pods");
      const { resourceVersion } = (await mustSend(cluster.subject, "GET", path)).metadata;
      const follower = await follow(cluster.subject, path, { resourceVersion });
      await aStatefulSet(cluster, "db", { replicas: 3 });
      await untilTold(cluster.subject, follower, await allReady(cluster, "db", 3));
      const ready = new Set<string>();
      for (const { type, object } of follower.events) {
        const { name } = object.metadata;
        if (type === "ADDED") expect(ready.size).toBe(Number(name.at(-1)));
        if (isReady(object)) ready.add(name);
      }
      const patch = { spec: { replicas: 1 } };
      await mustSend(cluster.subject, "PATCH", `${collection(cluster, "statefulsets")}/db`, patch);
      const gone = () =>
        follower.events.filter(({ type }) => type === "DELETED").map(({ object }) => object.metadata.name);
      await until(cluster.subject, "two gone", async () => gone().length >= 2 || undefined);
      follower.close();
      expect(gone()).toEqual(["db-2", "db-1"]);
    },
  },
  {
    sentence: "a parallel StatefulSet makes all its pods at once",
    async show(cluster) {
      await aStatefulSet(cluster, "queue", {
        replicas: 3,
        annotations: { "rig/never-ready": "true" },
        spec: { podManagementPolicy: "Parallel" },
      });
      const names = await until(cluster.subject, "three pods", async () => {
        const pods = await podsOf(cluster, "queue");
        return pods.length === 3 ? pods.map(({ metadata }) => metadata.name) : undefined;
      });
      expect(names).toEqual(["queue-0", "queue-1", "queue-2"]);
    },
  },
  {
    sentence: "a Job is complete when its pods have succeeded, and keeps them",
    async show(cluster) {
      const spec = { completions: 2, parallelism: 2 };
      await aJob(cluster, "work", { annotations: { "rig/run-time": "300ms" }, spec });
      const job = await until(cluster.subject, "its completion", async () => {
        const seen = await get(cluster, "jobs", "work");
        return conditionOf(seen, "Complete")?.status === "True" ? seen : undefined;
      });
      expect(at(job.status, "succeeded")).toBe(2);
      expect(at(job.status, "active") ?? 0).toBe(0);
      const pods = await podsOf(cluster, "work");
      expect(pods.map(({ status }) => at(status, "phase"))).toEqual(["Succeeded", "Succeeded"]);
    },
  },
  {
    sentence: "a deleted Deployment takes its ReplicaSets and pods with it, a deleted pod is not waited for",
    async show(cluster) {
      await aDeployment(cluster, "web", { replicas: 2 });
      const [pod] = await allReady(cluster, "web", 2);
      const deleted = await send(
        cluster.subject,
        "DELETE",
        `${collection(cluster, "pods")}/${pod?.metadata.name}`,
      );
      expect(deleted.status).toBe(200);
      expect(deleted.body.metadata.deletionTimestamp).toBeDefined();
      const path = `${collection(cluster, "deployments")}/web`;
      const background = { query: { propagationPolicy: "Background" } };
      const answer = await send(cluster.subject, "DELETE", path, undefined, background);
      expect(answer).toMatchObject({ status: 200, body: { status: "Success" } });
      await until(cluster.subject, "all gone", async () => {
        const sets = await mustSend(cluster.subject, "GET", collection(cluster, "replicasets"));
        return (sets.items?.length === 0 && (await podsOf(cluster, "web")).length === 0) || undefined;
      });
    },
  },
  {
    sentence:
      "no pod is made whose service account is not there; who owns it says why, and goes on when it is",
    async show(cluster) {
      const more = { serviceAccountName: "robot" };
      await Promise.all([aDeployment(cluster, "web", { more }), aStatefulSet(cluster, "db", { more })]);
      const failure = await until(cluster.subject, "the Deployment to say so", async () =>
        conditionOf(await get(cluster, "deployments", "web"), "ReplicaFailure"),
      );
      const why = `error looking up service account ${cluster.namespace}/robot: serviceaccount "robot" not found`;
      expect(failure).toMatchObject({ status: "True", reason: "FailedCreate" });
      expect(failure.message).toMatch(/^pods "web-[a-z0-9]+-" is forbidden: /);
      expect(failure.message).toContain(why);
      const told = `Create Pod db-0 in StatefulSet db failed error: pods "db-0" is forbidden: ${why}`;
      await until(cluster.subject, "the StatefulSet to say so", async () => {
        const events = await list(cluster, "events");
        return events.some((event) => at(event, "message") === told) || undefined;
      });
      expect([...(await podsOf(cluster, "web")), ...(await podsOf(cluster, "db"))]).toEqual([]);
      await create(cluster, "serviceaccounts", { metadata: { name: "robot" } });
      await Promise.all([allReady(cluster, "web", 1), allReady(cluster, "db", 1)]);
      await until(cluster.subject, "nothing to be told any more", async () => {
        const web = await get(cluster, "deployments", "web");
        return conditionOf(web, "ReplicaFailure") === undefined || undefined;
      });
    },
  },
];

export const ownerCases: readonly ContractCase[] = [...replacements, ...lives];
