import { describe, expect, test } from "vitest";
import { buildWorld } from "#world/build-world.ts";
import type { Condition } from "#world/kubernetes/object-types.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { ScenarioWorkload } from "#world/scenario.ts";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { startTime } from "./support.ts";

function worldWith(workload: ScenarioWorkload): World {
  const groups = [{ name: "nodes-a", size: 3, zones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }];
  return buildWorld({ name: "rollouts", groups, workloads: [workload] }, { seed: 5, now: startTime });
}

const paths = { Deployment: "deployments", StatefulSet: "statefulsets", DaemonSet: "daemonsets" } as const;

/** Changes an object of the world as kubectl does. */
function patch(
  world: World,
  kind: keyof typeof paths,
  spec: Readonly<Record<string, unknown>>,
  name = "web",
): void {
  const answer = new Probe(world).patch(`/apis/apps/v1/namespaces/default/${paths[kind]}/${name}`, {
    spec: spec as never,
  });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
}

const restart = {
  template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "2026-03-02T08:00:00Z" } } },
};

function isRestarted({ metadata }: Pod): boolean {
  return metadata.annotations?.["kubectl.kubernetes.io/restartedAt"] !== undefined;
}

function restarted(world: World): readonly string[] {
  return world
    .list("pods")
    .filter(isRestarted)
    .map(({ metadata }) => metadata.name);
}

function conditionsOf(conditions: readonly Condition[] | undefined): readonly string[] {
  return (conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`).sort();
}

/** The fewest Ready pods while time passes. */
function lowestReady(world: World, ms: number): number {
  let lowest = Number.POSITIVE_INFINITY;
  const end = world.now + ms;
  while (world.now < end) {
    world.advance(world.now + 50);
    const ready = world
      .list("pods")
      .filter(
        ({ metadata, status }) =>
          metadata.deletionTimestamp === undefined &&
          status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
      );
    lowest = Math.min(lowest, ready.length);
  }
  return lowest;
}

describe("a rollout of a Deployment", () => {
  test("replaces every pod, keeps enough of them Ready, and ends with a new revision", () => {
    const world = worldWith({ kind: "Deployment", name: "web", replicas: 4, ready: "1s", stop: "1s" });
    patch(world, "Deployment", restart);
    expect(lowestReady(world, 30_000)).toBe(3);
    expect(restarted(world)).toHaveLength(4);
    const [deployment] = world.list("deployments");
    expect(deployment?.metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe("2");
    const { conditions, ...counts } = deployment?.status ?? {};
    expect(counts).toEqual({
      observedGeneration: 2,
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
      terminatingReplicas: 0,
    });
    expect(conditionsOf(conditions)).toEqual([
      "Available=True MinimumReplicasAvailable",
      "Progressing=True NewReplicaSetAvailable",
    ]);
    expect(world.nextAt()).toBeUndefined();
  });

  test("that comes to nothing exceeds its deadline, and going back takes the old ReplicaSet up again", () => {
    const world = worldWith({ kind: "Deployment", name: "web", replicas: 4 });
    patch(world, "Deployment", { progressDeadlineSeconds: 20 });
    world.afflict("neverReady", isRestarted);
    patch(world, "Deployment", restart);
    world.advance(world.now + 60_000);
    expect(conditionsOf(world.list("deployments")[0]?.status.conditions)).toContain(
      "Progressing=False ProgressDeadlineExceeded",
    );
    patch(world, "Deployment", {
      template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": null } } },
    });
    world.advance(world.now + 60_000);
    expect(restarted(world)).toEqual([]);
    const sets = world.list("replicasets").filter(({ spec }) => spec.replicas > 0);
    expect(sets).toHaveLength(1);
    expect(sets[0]?.metadata.annotations).toMatchObject({
      "deployment.kubernetes.io/revision": "3",
      "deployment.kubernetes.io/revision-history": "1",
    });
  });

  test("that is paused changes no pod, and goes on when it is resumed", () => {
    const world = worldWith({ kind: "Deployment", name: "web", replicas: 2 });
    patch(world, "Deployment", { paused: true });
    patch(world, "Deployment", restart);
    world.advance(world.now + 10_000);
    expect(restarted(world)).toEqual([]);
    expect(conditionsOf(world.list("deployments")[0]?.status.conditions)).toContain(
      "Progressing=Unknown DeploymentPaused",
    );
    patch(world, "Deployment", { paused: null });
    world.advance(world.now + 30_000);
    expect(restarted(world)).toHaveLength(2);
  });

  test("that recreates stops all old pods before the first new one, and keeps two old ReplicaSets", () => {
    const world = worldWith({ kind: "Deployment", name: "web", replicas: 2, stop: "1s" });
    patch(world, "Deployment", {
      strategy: { type: "Recreate", rollingUpdate: null },
      revisionHistoryLimit: 2,
    });
    for (const version of ["2", "3", "4", "5"]) {
      patch(world, "Deployment", { template: { metadata: { annotations: { version } } } });
      expect(lowestReady(world, 10_000)).toBe(0);
    }
    expect(world.list("replicasets")).toHaveLength(3);
  });

  test("scaled in its middle shares the new pods out among old and new", () => {
    const world = worldWith({ kind: "Deployment", name: "web", replicas: 10 });
    patch(world, "Deployment", { strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } });
    world.afflict("neverReady", isRestarted);
    patch(world, "Deployment", restart);
    world.advance(world.now + 10_000);
    const sizes = (): readonly number[] => world.list("replicasets").map(({ spec }) => spec.replicas);
    expect([...sizes()].sort()).toEqual([5, 8]);
    patch(world, "Deployment", { replicas: 15 });
    world.advance(world.now + 10_000);
    expect([...sizes()].sort()).toEqual([11, 7]);
  });
});

describe("a rollout of a StatefulSet", () => {
  test("goes from the highest ordinal down, one at a time, to a new ControllerRevision", () => {
    const world = worldWith({ kind: "StatefulSet", name: "web", replicas: 3, ready: "1s", stop: "1s" });
    const before = world.list("statefulsets")[0]?.status.currentRevision;
    patch(world, "StatefulSet", restart);
    world.advance(world.now + 2500);
    expect(restarted(world)).toEqual(["web-2"]);
    expect(lowestReady(world, 20_000)).toBe(2);
    const status = world.list("statefulsets")[0]?.status;
    expect(status).toMatchObject({ updatedReplicas: 3, currentReplicas: 3, readyReplicas: 3 });
    expect(status?.currentRevision).toBe(status?.updateRevision);
    expect(status?.currentRevision).not.toBe(before);
    expect(
      world
        .list("controllerrevisions")
        .map(({ revision }) => revision)
        .sort(),
    ).toEqual([1, 2]);
    expect(world.list("pods")[0]?.metadata.labels?.["controller-revision-hash"]).toBe(status?.updateRevision);
  });

  test("stops at the partition: what comes back below it has the old template", () => {
    const world = worldWith({ kind: "StatefulSet", name: "web", replicas: 3 });
    patch(world, "StatefulSet", { updateStrategy: { rollingUpdate: { partition: 2 } } });
    patch(world, "StatefulSet", restart);
    world.advance(world.now + 20_000);
    expect(restarted(world)).toEqual(["web-2"]);
    new Probe(world).send("DELETE", "/api/v1/namespaces/default/pods/web-0");
    world.advance(world.now + 20_000);
    expect(restarted(world)).toEqual(["web-2"]);
    expect(world.list("statefulsets")[0]?.status).toMatchObject({ updatedReplicas: 1, currentReplicas: 2 });
  });

  test("OnDelete waits for somebody to delete the pods", () => {
    const world = worldWith({ kind: "StatefulSet", name: "web", replicas: 2 });
    patch(world, "StatefulSet", { updateStrategy: { type: "OnDelete", rollingUpdate: null } });
    patch(world, "StatefulSet", restart);
    world.advance(world.now + 20_000);
    expect(restarted(world)).toEqual([]);
    new Probe(world).send("DELETE", "/api/v1/namespaces/default/pods/web-0");
    world.advance(world.now + 20_000);
    expect(restarted(world)).toEqual(["web-0"]);
  });
});

describe("a rollout of a DaemonSet", () => {
  test("replaces one pod after the other", () => {
    const world = worldWith({ kind: "DaemonSet", name: "web", ready: "1s", stop: "1s" });
    patch(world, "DaemonSet", restart);
    expect(lowestReady(world, 30_000)).toBe(2);
    expect(restarted(world)).toHaveLength(3);
    expect(world.list("daemonsets")[0]?.status).toMatchObject({
      updatedNumberScheduled: 3,
      numberAvailable: 3,
      observedGeneration: 2,
    });
  });

  test("with maxSurge starts the new pod beside the old one", () => {
    const world = worldWith({ kind: "DaemonSet", name: "web", ready: "1s", stop: "1s" });
    patch(world, "DaemonSet", { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
    patch(world, "DaemonSet", restart);
    expect(lowestReady(world, 30_000)).toBe(3);
    expect(restarted(world)).toHaveLength(3);
    expect(world.list("pods")).toHaveLength(3);
  });
});
