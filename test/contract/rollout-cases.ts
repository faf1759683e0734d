import { expect } from "vitest";
import { at, type Body, collection, create, get, isReady, list, mustSend, send, until } from "./api.ts";
import { evict } from "./eviction-cases.ts";
import { follow, untilTold } from "./follow.ts";
import { settledNodes } from "./node-cases.ts";
import { evictAndFollow, untilReplaced } from "./owner-cases.ts";
import type { ContractCase, Namespaced } from "./subject.ts";
import {
  aDaemonSet,
  aDeployment,
  aJob,
  allReady,
  aStatefulSet,
  podsOf,
  quick,
  template,
  uids,
} from "./workloads.ts";

const restart = { spec: { template: { metadata: { annotations: { "example.io/restarted": "1" } } } } };

function change(cluster: Namespaced, plural: string, name: string, patch: object): Promise<Body> {
  return mustSend(cluster.subject, "PATCH", `${collection(cluster, plural)}/${name}`, patch);
}

function isRestarted({ metadata }: Body): boolean {
  return metadata.annotations?.["example.io/restarted"] === "1";
}

async function followPods(cluster: Namespaced) {
  const path = collection(cluster, "pods");
  const { resourceVersion } = (await mustSend(cluster.subject, "GET", path)).metadata;
  return follow(cluster.subject, path, { resourceVersion });
}

/** Settled when so many pods of the app are Ready, all of the new template. */
function allRestarted(cluster: Namespaced, app: string, count: number): Promise<readonly Body[]> {
  return until(cluster.subject, `${count} new pods of ${app}`, async () => {
    const pods = await podsOf(cluster, app);
    return pods.length === count && pods.every((pod) => isReady(pod) && isRestarted(pod)) ? pods : undefined;
  });
}

async function firstOf(pods: Promise<readonly Body[]>): Promise<Body> {
  const [pod] = await pods;
  if (pod === undefined) throw new Error("no pod");
  return pod;
}

const replacements: readonly ContractCase[] = [
  {
    sentence: "a ReplicaSet's replacement comes while the old pod still terminates, with nobody above it",
    async show(cluster) {
      const annotations = { ...quick, "rig/stop-time": "4s" };
      const spec = {
        replicas: 2,
        selector: { matchLabels: { app: "bare" } },
        template: template("bare", { annotations }),
      };
      await create(cluster, "replicasets", { metadata: { name: "bare" }, spec });
      const pods = await allReady(cluster, "bare", 2);
      const victim = await firstOf(Promise.resolve(pods));
      const follower = await evictAndFollow(cluster, victim);
      const { gone, successor } = await untilReplaced(cluster, follower, uids(pods), victim);
      expect(successor).toBeLessThan(gone);
    },
  },
  {
    sentence: "a parallel StatefulSet's replacement waits for the old pod's end all the same",
    async show(cluster) {
      const annotations = { "rig/stop-time": "3s" };
      await aStatefulSet(cluster, "queue", {
        replicas: 2,
        annotations,
        spec: { podManagementPolicy: "Parallel" },
      });
      const pods = await allReady(cluster, "queue", 2);
      const victim = await firstOf(Promise.resolve(pods));
      const follower = await evictAndFollow(cluster, victim);
      const { gone, successor } = await untilReplaced(cluster, follower, uids(pods), victim);
      expect(gone).toBeLessThan(successor);
      expect(follower.events[successor]?.object.metadata.name).toBe(victim.metadata.name);
    },
  },
  ...(["TerminatingOrFailed", "Failed"] as const).map(
    (podReplacementPolicy): ContractCase => ({
      sentence: `a Job's replacement ${podReplacementPolicy === "Failed" ? "waits for" : "does not wait for"} the old pod's end, as podReplacementPolicy ${podReplacementPolicy} says`,
      async show(cluster) {
        await aJob(cluster, "slow", {
          annotations: { "rig/stuck-terminating": "true" },
          spec: { podReplacementPolicy },
        });
        const { metadata } = await firstOf(allReady(cluster, "slow", 1));
        expect((await evict(cluster, metadata.name)).status).toBe(201);
        const successor = async () =>
          (await podsOf(cluster, "slow")).find((pod) => pod.metadata.uid !== metadata.uid);
        if (podReplacementPolicy === "Failed") {
          // longer than the controller waits after a failure
          await cluster.subject.clock.sleep(16_000);
          expect(await successor()).toBeUndefined();
          // as a kubelet whose containers have ended
          const path = `${collection(cluster, "pods")}/${metadata.name}/status`;
          await mustSend(cluster.subject, "PATCH", path, { status: { phase: "Failed" } });
        }
        await until(cluster.subject, "the successor", successor);
        expect((await get(cluster, "jobs", "slow")).status).toMatchObject({ failed: 1 });
      },
    }),
  ),
  {
    sentence: "a DaemonSet's pod comes back on a cordoned node",
    changes: "lost",
    async show(cluster) {
      await settledNodes(cluster, "lost", 1);
      await aDaemonSet(cluster, "agent", { group: "lost" });
      const pod = await firstOf(allReady(cluster, "agent", 1));
      const path = `/api/v1/nodes/${pod.spec?.nodeName}`;
      await mustSend(cluster.subject, "PATCH", path, { spec: { unschedulable: true } });
      try {
        expect((await evict(cluster, pod.metadata.name)).status).toBe(201);
        const next = await until(cluster.subject, "its successor", async () => {
          const pods = await podsOf(cluster, "agent");
          return pods.find((one) => isReady(one) && one.metadata.uid !== pod.metadata.uid);
        });
        expect(next.spec?.nodeName).toBe(pod.spec?.nodeName);
      } finally {
        await mustSend(cluster.subject, "PATCH", path, { spec: { unschedulable: null } });
      }
    },
  },
  {
    sentence: "a DaemonSet's pod stays on a node that closes to new ones, and its status says nothing of it",
    changes: "lost",
    async show(cluster) {
      await settledNodes(cluster, "lost", 1);
      await aDaemonSet(cluster, "agent", { group: "lost" });
      const pod = await firstOf(allReady(cluster, "agent", 1));
      const counts = async () => {
        const { status } = await get(cluster, "daemonsets", "agent");
        return [
          at(status, "desiredNumberScheduled"),
          at(status, "numberReady"),
          at(status, "numberMisscheduled"),
        ];
      };
      const isCounted = async () => (await counts())[1] === 1 || undefined;
      await until(cluster.subject, "its pod counted", isCounted);
      const path = `/api/v1/nodes/${pod.spec?.nodeName}`;
      const taints = [{ key: "example.io/closed", effect: "NoSchedule" }];
      await mustSend(cluster.subject, "PATCH", path, { spec: { taints } });
      try {
        await cluster.subject.clock.sleep(3000);
        expect(await counts()).toEqual([1, 1, 0]);
        expect(uids(await podsOf(cluster, "agent"))).toEqual([pod.metadata.uid]);
      } finally {
        await mustSend(cluster.subject, "PATCH", path, { spec: { taints: null } });
      }
    },
  },
  {
    sentence: "a pod of an owner of no known kind never comes back, and goes with its owner",
    async show(cluster) {
      const { metadata } = await create(cluster, "configmaps", { metadata: { name: "owner" } });
      const owner = {
        apiVersion: "v1",
        kind: "ConfigMap",
        name: "owner",
        uid: metadata.uid,
        controller: true,
      };
      const made = template("odd", { annotations: quick });
      for (const name of ["one", "two"]) {
        const pod = { metadata: { ...made.metadata, name, ownerReferences: [owner] }, spec: made.spec };
        await create(cluster, "pods", pod);
      }
      await allReady(cluster, "odd", 2);
      expect((await evict(cluster, "one")).status).toBe(201);
      await until(
        cluster.subject,
        "one alone",
        async () => (await podsOf(cluster, "odd")).length === 1 || undefined,
      );
      await cluster.subject.clock.sleep(4000);
      expect((await podsOf(cluster, "odd")).map(({ metadata }) => metadata.name)).toEqual(["two"]);
      const options = { query: { propagationPolicy: "Background" } };
      const path = `${collection(cluster, "configmaps")}/owner`;
      expect((await send(cluster.subject, "DELETE", path, undefined, options)).status).toBe(200);
      await until(
        cluster.subject,
        "none",
        async () => (await podsOf(cluster, "odd")).length === 0 || undefined,
      );
    },
  },
];

const rollouts: readonly ContractCase[] = [
  {
    sentence: "a Deployment that recreates makes no new pod before the last old one is gone",
    async show(cluster) {
      const annotations = { "rig/stop-time": "2s" };
      await aDeployment(cluster, "web", {
        replicas: 2,
        annotations,
        spec: { strategy: { type: "Recreate" } },
      });
      const before = uids(await allReady(cluster, "web", 2));
      const follower = await followPods(cluster);
      await change(cluster, "deployments", "web", restart);
      await untilTold(cluster.subject, follower, await allRestarted(cluster, "web", 2));
      follower.close();
      const firstNew = follower.events.findIndex(({ type }) => type === "ADDED");
      const gone = follower.events.slice(0, firstNew).filter(({ type }) => type === "DELETED");
      expect(gone.map(({ object }) => object.metadata.uid).toSorted()).toEqual(before.toSorted());
    },
  },
  {
    sentence: "a StatefulSet rolls out from its last pod to its first, one at a time",
    async show(cluster) {
      await aStatefulSet(cluster, "db", { replicas: 3 });
      await allReady(cluster, "db", 3);
      const follower = await followPods(cluster);
      await change(cluster, "statefulsets", "db", restart);
      await untilTold(cluster.subject, follower, await allRestarted(cluster, "db", 3));
      follower.close();
      const made = follower.events.filter(({ type }) => type === "ADDED");
      expect(made.map(({ object }) => object.metadata.name)).toEqual(["db-2", "db-1", "db-0"]);
      const ready = new Set(["db-0", "db-1", "db-2"]);
      for (const { object } of follower.events) {
        if (isReady(object)) ready.add(object.metadata.name);
        else ready.delete(object.metadata.name);
        expect(ready.size).toBeGreaterThanOrEqual(2);
      }
    },
  },
  {
    sentence:
      "a StatefulSet of strategy OnDelete gives its new template to what takes an evicted pod's place",
    async show(cluster) {
      await aStatefulSet(cluster, "db", { replicas: 2, spec: { updateStrategy: { type: "OnDelete" } } });
      await allReady(cluster, "db", 2);
      await change(cluster, "statefulsets", "db", restart);
      await until(cluster.subject, "the revision", async () => {
        const { status } = await get(cluster, "statefulsets", "db");
        return at(status, "updateRevision") !== at(status, "currentRevision") || undefined;
      });
      await cluster.subject.clock.sleep(3000);
      expect((await podsOf(cluster, "db")).filter(isRestarted)).toEqual([]);
      expect((await evict(cluster, "db-0")).status).toBe(201);
      const pods = await until(cluster.subject, "the successor", async () => {
        const seen = await podsOf(cluster, "db");
        return seen.filter((pod) => isReady(pod)).length === 2 && seen.some(isRestarted) ? seen : undefined;
      });
      expect(pods.filter(isRestarted).map(({ metadata }) => metadata.name)).toEqual(["db-0"]);
    },
  },
  {
    sentence: "a suspended Job has no pods, and makes them when it is resumed",
    async show(cluster) {
      await aJob(cluster, "work", { spec: { completions: 2, parallelism: 2 } });
      const before = uids(await allReady(cluster, "work", 2));
      await change(cluster, "jobs", "work", { spec: { suspend: true } });
      await until(
        cluster.subject,
        "no pods",
        async () => (await podsOf(cluster, "work")).length === 0 || undefined,
      );
      const { status } = await get(cluster, "jobs", "work");
      expect([at(status, "active") ?? 0, at(status, "failed") ?? 0]).toEqual([0, 0]);
      await change(cluster, "jobs", "work", { spec: { suspend: false } });
      const after = uids(await allReady(cluster, "work", 2));
      expect(after.filter((uid) => before.includes(uid))).toEqual([]);
    },
  },
  {
    sentence: "a foreground deletion of a Job ends its pods, and then the Job",
    async show(cluster) {
      await aJob(cluster, "work", { spec: { completions: 2, parallelism: 2 } });
      await allReady(cluster, "work", 2);
      const options = { query: { propagationPolicy: "Foreground" } };
      const path = `${collection(cluster, "jobs")}/work`;
      await send(cluster.subject, "DELETE", path, undefined, options);
      await until(cluster.subject, "the end of the Job", async () => {
        const { status } = await send(cluster.subject, "GET", path);
        return status === 404 || undefined;
      });
      expect(await podsOf(cluster, "work")).toEqual([]);
    },
  },
  {
    sentence: "an orphaning deletion leaves the pods, without their owner",
    async show(cluster) {
      await aStatefulSet(cluster, "db", { replicas: 2 });
      const before = await allReady(cluster, "db", 2);
      const options = { query: { propagationPolicy: "Orphan" } };
      await send(cluster.subject, "DELETE", `${collection(cluster, "statefulsets")}/db`, undefined, options);
      await until(cluster.subject, "the end of the set", async () => {
        const { length } = await list(cluster, "statefulsets");
        return length === 0 || undefined;
      });
      const after = await podsOf(cluster, "db");
      expect(uids(after)).toEqual(uids(before));
      expect(after.filter(({ metadata }) => metadata.ownerReferences !== undefined)).toEqual([]);
    },
  },
  {
    sentence: "what was left behind is taken in again by a workload that comes under the same name",
    async show(cluster) {
      await Promise.all([
        aDeployment(cluster, "web", { replicas: 2 }),
        aStatefulSet(cluster, "db", { replicas: 2 }),
      ]);
      await Promise.all([allReady(cluster, "web", 2), allReady(cluster, "db", 2)]);
      const made = async (): Promise<readonly string[]> => {
        const all = ["replicasets", "controllerrevisions", "pods"].map((plural) => list(cluster, plural));
        return uids((await Promise.all(all)).flat());
      };
      const before = await made();
      const options = { query: { propagationPolicy: "Orphan" } };
      for (const [plural, name] of [
        ["deployments", "web"],
        ["statefulsets", "db"],
      ] as const) {
        const path = `${collection(cluster, plural)}/${name}`;
        const { spec, metadata } = await get(cluster, plural, name);
        await mustSend(cluster.subject, "DELETE", path, undefined, options);
        const look = () => send(cluster.subject, "GET", path);
        await until(cluster.subject, "its end", async () => (await look()).status === 404 || undefined);
        await create(cluster, plural, { metadata: { name }, spec });
        await until(cluster.subject, "its pods to be its own", async () => {
          const seen = await get(cluster, plural, name);
          return (seen.metadata.uid !== metadata.uid && at(seen.status, "readyReplicas") === 2) || undefined;
        });
      }
      expect(await made()).toEqual(before);
    },
  },
];

export const rolloutCases: readonly ContractCase[] = [...replacements, ...rollouts];
