import { expect } from "vitest";
import { at, type Body, collection, conditionOf, isReady, mustSend, send, until } from "./api.ts";
import { settles } from "./budget-cases.ts";
import { evict } from "./eviction-cases.ts";
import { type Follower, follow } from "./follow.ts";
import type { ContractCase, Namespaced } from "./subject.ts";
import { aBudget, aDaemonSet, aDeployment, allReady, aStatefulSet, podsOf, uids } from "./workloads.ts";

async function nodesOf({ subject }: Namespaced, group: string): Promise<readonly Body[]> {
  const query = { labelSelector: `kops.k8s.io/instancegroup=${group}` };
  return (await mustSend(subject, "GET", "/api/v1/nodes", undefined, { query })).items ?? [];
}

export function instanceOf(node: Body | undefined): string {
  return String(node?.spec?.providerID).split("/").at(-1) ?? "";
}

function terminate({ subject }: Namespaced, node: Body): Promise<unknown> {
  const input = { InstanceId: instanceOf(node), ShouldDecrementDesiredCapacity: false };
  return subject.aws.call("TerminateInstanceInAutoScalingGroup", input);
}

/** Settled when the group has so many Ready nodes, the old one not among them. */
function replaced(cluster: Namespaced, group: string, old: Body, count: number): Promise<readonly Body[]> {
  return until(
    cluster.subject,
    `the successor of ${old.metadata.name}`,
    async () => {
      const nodes = await nodesOf(cluster, group);
      const isDone = nodes.length === count && nodes.every(isReady);
      return isDone && !uids(nodes).includes(old.metadata.uid) ? nodes : undefined;
    },
    120,
  );
}

/** The nodes of the group, once what earlier cases did to it is over. */
export function settledNodes(cluster: Namespaced, group: string, count: number): Promise<readonly Body[]> {
  return until(
    cluster.subject,
    `${count} nodes of ${group}`,
    async () => {
      const nodes = await nodesOf(cluster, group);
      const input = { InstanceIds: nodes.map(instanceOf) };
      const { AutoScalingInstances = [] } = await cluster.subject.aws.call(
        "DescribeAutoScalingInstances",
        input,
      );
      const inService = AutoScalingInstances.filter(({ LifecycleState }) => LifecycleState === "InService");
      const isSettled = nodes.length === count && nodes.every(isReady) && inService.length === count;
      return isSettled ? nodes : undefined;
    },
    120,
  );
}

const wishes = { group: "spare" };

/** What becomes of the case's budgets from now on. */
async function followBudgets(cluster: Namespaced): Promise<Follower> {
  const path = collection(cluster, "poddisruptionbudgets");
  const { resourceVersion } = (await mustSend(cluster.subject, "GET", path)).metadata;
  return follow(cluster.subject, path, { resourceVersion });
}

export const nodeCases: readonly ContractCase[] = [
  {
    sentence:
      "a terminated instance's node turns not Ready, goes, and its group makes another: another name, UID and provider id, not cordoned",
    changes: "spare",
    async show(cluster) {
      const { subject } = cluster;
      const nodes = await settledNodes(cluster, "spare", 2);
      const [victim] = nodes;
      if (victim === undefined) throw new Error("no node");
      const path = `/api/v1/nodes/${victim.metadata.name}`;
      await mustSend(subject, "PATCH", path, { spec: { unschedulable: true } });
      const { resourceVersion } = (await mustSend(subject, "GET", "/api/v1/nodes")).metadata;
      const follower = await follow(subject, "/api/v1/nodes", { resourceVersion });
      await terminate(cluster, victim);
      const after = await replaced(cluster, "spare", victim, 2);
      const end = await until(subject, "the watch to tell its end", async () =>
        follower.events.find(
          ({ type, object }) => type === "DELETED" && object.metadata.uid === victim.metadata.uid,
        ),
      );
      follower.close();
      expect(conditionOf(end.object, "Ready")?.status).toBe("Unknown");
      const successor = after.find(({ metadata }) => !uids(nodes).includes(metadata.uid));
      expect(successor?.metadata.name).not.toBe(victim.metadata.name);
      expect(instanceOf(successor)).not.toBe(instanceOf(victim));
      expect(successor?.spec?.unschedulable).toBeUndefined();
      expect((successor?.spec?.taints ?? []) as readonly unknown[]).toEqual([]);
      expect(successor?.metadata.labels).toMatchObject({ "kops.k8s.io/instancegroup": "spare", disk: "ssd" });
      const { AutoScalingInstances = [] } = await subject.aws.call("DescribeAutoScalingInstances", {
        InstanceIds: [instanceOf(successor)],
      });
      expect(AutoScalingInstances[0]).toMatchObject({
        AutoScalingGroupName: "spare",
        LifecycleState: "InService",
        LaunchTemplate: { Version: "2" },
      });
    },
  },
  {
    sentence: "a DaemonSet runs on the new node, and what stood on the old one is back on others",
    changes: "spare",
    async show(cluster) {
      await settledNodes(cluster, "spare", 2);
      await aDaemonSet(cluster, "agent", wishes);
      await aDeployment(cluster, "web", { replicas: 2, ...wishes });
      await aStatefulSet(cluster, "db", { replicas: 2, ...wishes });
      for (const app of ["agent", "web", "db"]) await allReady(cluster, app, 2);
      const [victim] = await settledNodes(cluster, "spare", 2);
      if (victim === undefined) throw new Error("no node");
      const { name } = victim.metadata;
      await mustSend(cluster.subject, "PATCH", `/api/v1/nodes/${name}`, { spec: { unschedulable: true } });
      for (const app of ["web", "db"]) {
        for (const pod of await podsOf(cluster, app)) {
          if (pod.spec?.nodeName === name) await evict(cluster, pod.metadata.name);
        }
        const moved = await until(cluster.subject, `${app} to have moved`, async () => {
          const pods = await podsOf(cluster, app);
          const isMoved =
            pods.length === 2 && pods.every((pod) => isReady(pod) && pod.spec?.nodeName !== name);
          return isMoved ? pods : undefined;
        });
        expect(moved).toHaveLength(2);
      }
      await terminate(cluster, victim);
      const after = await replaced(cluster, "spare", victim, 2);
      const onNew = await until(
        cluster.subject,
        "the DaemonSet on both nodes alone",
        async () => {
          const pods = await podsOf(cluster, "agent");
          return pods.length === 2 && pods.every(isReady) ? pods : undefined;
        },
        120,
      );
      expect(onNew.map(({ spec }) => spec?.nodeName).toSorted()).toEqual(
        after.map(({ metadata }) => metadata.name).toSorted(),
      );
    },
  },
  {
    sentence:
      "a node whose kubelet falls silent turns Unknown, its pods not Ready, their budget loses them; all come back with it",
    changes: "lost",
    async show(cluster) {
      const { subject } = cluster;
      const [node] = await settledNodes(cluster, "lost", 1);
      await aDeployment(cluster, "web", { replicas: 1, group: "lost" });
      await aBudget(cluster, "b", "web", { minAvailable: 0 });
      const [pod] = await allReady(cluster, "web", 1);
      await settles(cluster, "b", { disruptionsAllowed: 1, currentHealthy: 1 });
      const budgets = await followBudgets(cluster);
      const name = node?.metadata.name ?? "";
      const ready = async () => {
        const seen = await mustSend(subject, "GET", `/api/v1/nodes/${name}`);
        return conditionOf(seen, "Ready");
      };
      const path = collection(cluster, "pods");
      const { resourceVersion } = (await mustSend(subject, "GET", path)).metadata;
      const follower = await follow(subject, path, { resourceVersion });
      await subject.admin.silenceNode(name, true);
      const unknown = await until(subject, "Unknown", async () => {
        const condition = await ready();
        return condition?.status === "Unknown" ? condition : undefined;
      });
      expect(unknown).toMatchObject({
        reason: "NodeStatusUnknown",
        message: "Kubelet stopped posting node status.",
      });
      // the rig's kubelet may say Ready again at once: the moment is enough
      await until(subject, "its pods not Ready", async () => {
        const isLost = follower.events.some(({ object }) => conditionOf(object, "Ready")?.status === "False");
        return isLost || undefined;
      });
      follower.close();
      await until(subject, "its budget without it", async () => {
        const isLost = budgets.events.some(({ object }) => at(object.status, "currentHealthy") === 0);
        return isLost || undefined;
      });
      budgets.close();
      const taints = await until(subject, "its taints", async () => {
        const { spec } = await mustSend(subject, "GET", `/api/v1/nodes/${name}`);
        const found = (spec?.taints ?? []) as readonly { readonly key: string; readonly effect: string }[];
        return found.length >= 2 ? found : undefined;
      });
      expect(taints.map(({ key, effect }) => `${key}:${effect}`).toSorted()).toEqual([
        "node.kubernetes.io/unreachable:NoExecute",
        "node.kubernetes.io/unreachable:NoSchedule",
      ]);
      await subject.admin.silenceNode(name, false);
      await until(subject, "Ready again", async () => (await ready())?.status === "True" || undefined);
      const [same] = await allReady(cluster, "web", 1);
      expect(same?.metadata.uid).toBe(pod?.metadata.uid);
      await settles(cluster, "b", { disruptionsAllowed: 1, currentHealthy: 1 });
    },
  },
  {
    sentence: "pods of a node that is deleted are removed some forty to sixty seconds later",
    async show(cluster) {
      const { subject, namespace } = cluster;
      const name = `gone-${namespace}`;
      await mustSend(subject, "POST", "/api/v1/nodes", { metadata: { name } });
      const spec = { nodeName: name, containers: [{ name: "c", image: "i" }] };
      await mustSend(subject, "POST", collection(cluster, "pods"), { metadata: { name: "p" }, spec });
      // the collector must have seen the node
      await subject.clock.sleep(2000);
      await mustSend(subject, "DELETE", `/api/v1/nodes/${name}`);
      const from = subject.clock.monotonic();
      const look = () => send(subject, "GET", `${collection(cluster, "pods")}/p`);
      await until(subject, "its end", async () => (await look()).status === 404 || undefined, 100);
      expect(subject.clock.monotonic() - from).toBeGreaterThan(30_000);
    },
  },
  {
    sentence: "pods of a node that is deleted stay where a node of its name comes back in time",
    async show(cluster) {
      const { subject, namespace } = cluster;
      const name = `back-${namespace}`;
      const path = `/api/v1/nodes/${name}`;
      await mustSend(subject, "POST", "/api/v1/nodes", { metadata: { name } });
      const spec = { nodeName: name, containers: [{ name: "c", image: "i" }] };
      const pod = await mustSend(subject, "POST", collection(cluster, "pods"), {
        metadata: { name: "p" },
        spec,
      });
      await subject.clock.sleep(2000);
      await mustSend(subject, "DELETE", path);
      await subject.clock.sleep(5000);
      await mustSend(subject, "POST", "/api/v1/nodes", { metadata: { name } });
      // longer than the collector waits and looks
      await subject.clock.sleep(75_000);
      const { metadata } = await mustSend(subject, "GET", `${collection(cluster, "pods")}/p`);
      expect([metadata.uid, metadata.deletionTimestamp]).toEqual([pod.metadata.uid, undefined]);
      await mustSend(subject, "DELETE", path);
    },
  },
  {
    sentence: "a pod of a node that never was is removed by the collector, too",
    async show(cluster) {
      const spec = { nodeName: "never-was", containers: [{ name: "c", image: "i" }] };
      await mustSend(cluster.subject, "POST", collection(cluster, "pods"), { metadata: { name: "p" }, spec });
      const look = () => send(cluster.subject, "GET", `${collection(cluster, "pods")}/p`);
      await until(cluster.subject, "its end", async () => (await look()).status === 404 || undefined, 100);
    },
  },
  {
    sentence: "every node has its instance's provider id, zone, region and group in its labels",
    async show(cluster) {
      const nodes = await nodesOf(cluster, "nodes-a");
      const { Reservations = [] } = await cluster.subject.aws.call("DescribeInstances", {
        InstanceIds: nodes.map(instanceOf),
      });
      const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
      expect(instances).toHaveLength(3);
      for (const node of nodes) {
        const instance = instances.find(({ InstanceId }) => InstanceId === instanceOf(node));
        const zone = instance?.Placement?.AvailabilityZone;
        expect(node.spec?.providerID).toBe(`aws:///${zone}/${instance?.InstanceId}`);
        expect(node.metadata.name).toBe(instance?.PrivateDnsName);
        expect(node.metadata.labels).toMatchObject({
          "topology.kubernetes.io/zone": zone,
          "topology.kubernetes.io/region": "eu-west-1",
          "node.kubernetes.io/instance-type": instance?.InstanceType,
          "kubernetes.io/hostname": node.metadata.name,
        });
        expect(at(node.status, "allocatable", "pods")).toBeDefined();
      }
    },
  },
];
