import { describe, expect, test } from "vitest";
import { Actors } from "#world/actors.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { smallWorld } from "./support.ts";

function podsOf(world: World, app: string): readonly Pod[] {
  return world.list("pods").filter(({ metadata }) => metadata.labels?.app === app);
}

function settle(world: World, milliseconds = 2000): void {
  world.advance(world.now + milliseconds);
}

function annotate(world: World, pod: Pod | undefined, annotations: Readonly<Record<string, string>>): void {
  new Probe(world).patch(`/api/v1/namespaces/default/pods/${pod?.metadata.name}`, {
    metadata: { annotations },
  });
}

describe("a ReplicaSet with too many pods", () => {
  test("gives up first what does not run, then what is not Ready, then what costs least", () => {
    const world = smallWorld(3, { workloads: [{ kind: "Deployment", name: "web", replicas: 6 }] });
    const actors = new Actors(world);
    const [cheap, broken] = podsOf(world, "web");
    annotate(world, cheap, { "controller.kubernetes.io/pod-deletion-cost": "-5" });
    world.afflict("neverReady", ({ metadata }) => metadata.name === broken?.metadata.name);
    const path = `/api/v1/namespaces/default/pods/${broken?.metadata.name}/status`;
    const conditions = [{ type: "Ready", status: "False" }];
    new Probe(world).send("PATCH", path, { status: { conditions } } as never, {
      contentType: "application/strategic-merge-patch+json",
    });
    world.hold("scheduler");
    actors.scale("deployments", "default", "web", 7);
    settle(world);
    const unbound = podsOf(world, "web").find(({ spec }) => spec.nodeName === undefined);
    const order: string[] = [];
    world.onChange(({ object, previous }) => {
      const begins = previous?.metadata.deletionTimestamp === undefined;
      const isGoing =
        object.metadata.deletionTimestamp !== undefined ||
        world.get("pods", "default", object.metadata.name) === undefined;
      if (object.kind === "Pod" && begins && isGoing) order.push(object.metadata.name);
    });
    for (const replicas of [6, 5, 4]) {
      actors.scale("deployments", "default", "web", replicas);
      settle(world);
    }
    expect(order).toEqual([unbound, broken, cheap].map((pod) => pod?.metadata.name));
  });
});

describe("a pod's owner", () => {
  test("lets go of a pod whose labels it no longer selects, replaces it, and takes one in that it does", () => {
    const world = smallWorld(3, { workloads: [{ kind: "Deployment", name: "web", replicas: 2 }] });
    const probe = new Probe(world);
    const [pod] = podsOf(world, "web");
    const path = `/api/v1/namespaces/default/pods/${pod?.metadata.name}`;
    probe.patch(path, { metadata: { labels: { app: "other" } } });
    settle(world);
    const released = world.get("pods", "default", pod?.metadata.name ?? "");
    expect(released?.metadata.ownerReferences ?? []).toEqual([]);
    expect(podsOf(world, "web")).toHaveLength(2);
    probe.patch(path, { metadata: { labels: { app: "web" } } });
    settle(world, 60_000);
    expect(podsOf(world, "web")).toHaveLength(2);
  });

  test("that goes without its pods and comes again takes them in, and what it had made of its template", () => {
    const world = smallWorld(3, {
      workloads: [
        { kind: "Deployment", name: "web", replicas: 2 },
        { kind: "StatefulSet", name: "db", replicas: 2 },
        { kind: "DaemonSet", name: "agent" },
      ],
    });
    const probe = new Probe(world);
    const made = (): readonly string[] =>
      (["replicasets", "controllerrevisions", "pods"] as const)
        .flatMap((plural) => world.list(plural))
        .filter(({ metadata }) => metadata.namespace === "default")
        .map(({ metadata }) => metadata.uid);
    const before = made();
    const workloads = [
      ["deployments", "web"],
      ["statefulsets", "db"],
      ["daemonsets", "agent"],
    ] as const;
    for (const [plural, name] of workloads) {
      const path = `/apis/apps/v1/namespaces/default/${plural}`;
      const { apiVersion, kind, spec } = probe.send("GET", `${path}/${name}`).body as never;
      probe.send("DELETE", `${path}/${name}`, undefined, { query: { propagationPolicy: "Orphan" } });
      settle(world);
      expect(world.get(plural, "default", name)).toBeUndefined();
      const body = { apiVersion, kind, metadata: { name }, spec };
      expect(probe.send("POST", path, body).status).toBe(201);
      settle(world, 60_000);
    }
    expect(made()).toEqual(before);
    const owners = world.list("pods").map(({ metadata }) => metadata.ownerReferences?.length);
    expect(new Set(owners)).toEqual(new Set([1]));
    expect(world.get("deployments", "default", "web")?.status).toMatchObject({
      updatedReplicas: 2,
      readyReplicas: 2,
    });
    expect(world.get("statefulsets", "default", "db")?.status).toMatchObject({
      updatedReplicas: 2,
      readyReplicas: 2,
    });
  });

  test("that selects the same pods as another one takes in those that the other left behind", () => {
    const world = smallWorld(3, { workloads: [] });
    const probe = new Probe(world);
    const path = "/apis/apps/v1/namespaces/default/replicasets";
    const labels = { app: "a" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
    for (const name of ["old", "new"]) {
      const spec = { replicas: 2, selector: { matchLabels: labels }, template };
      expect(probe.send("POST", path, { metadata: { name }, spec }).status).toBe(201);
    }
    settle(world);
    const pods = podsOf(world, "a");
    expect(pods).toHaveLength(4);
    probe.send("DELETE", `${path}/old`, undefined, { query: { propagationPolicy: "Orphan" } });
    settle(world, 60_000);
    expect(podsOf(world, "a")).toHaveLength(2);
    expect(podsOf(world, "a").map(({ metadata }) => metadata.ownerReferences?.[0]?.name)).toEqual([
      "new",
      "new",
    ]);
  });

  test("that is a Job no longer holds the pod that it let go", () => {
    const world = smallWorld(3, {
      workloads: [{ kind: "Job", name: "once", replicas: 1, run: "10m", labels: { app: "once" } }],
    });
    const [pod] = podsOf(world, "once");
    const { name = "", labels = {} } = pod?.metadata ?? {};
    const gone = Object.keys(labels).filter((key) => /job-name|controller-uid/.test(key));
    const path = `/api/v1/namespaces/default/pods/${name}`;
    new Probe(world).patch(path, {
      metadata: { labels: Object.fromEntries(gone.map((key) => [key, null])) },
    });
    settle(world);
    new Probe(world).send("DELETE", path);
    settle(world, 60_000);
    expect(world.get("pods", "default", name)).toBeUndefined();
  });

  test("counts a pod only when it has been Ready for minReadySeconds", () => {
    const workload = { replicas: 1, minReadySeconds: 30 };
    const world = smallWorld(3, {
      workloads: [
        { kind: "Deployment", name: "web", ...workload },
        { kind: "StatefulSet", name: "db", ...workload },
        { kind: "DaemonSet", name: "agent", minReadySeconds: 30 },
      ],
    });
    const availableOf = (): readonly (number | undefined)[] => [
      world.get("deployments", "default", "web")?.status.availableReplicas,
      world.get("statefulsets", "default", "db")?.status.availableReplicas,
      world.get("daemonsets", "default", "agent")?.status.numberAvailable,
    ];
    const all = world.get("daemonsets", "default", "agent")?.status.desiredNumberScheduled ?? 0;
    expect(availableOf()).toEqual([1, 1, all]);
    for (const app of ["web", "db", "agent"]) {
      new Actors(world).forceDeletePod("default", podsOf(world, app)[0]?.metadata.name ?? "");
    }
    settle(world, 20_000);
    expect(world.list("pods").every(({ status }) => status.phase === "Running")).toBe(true);
    expect(availableOf().map((count) => count ?? 0)).toEqual([0, 0, all - 1]);
    settle(world, 25_000);
    expect(availableOf()).toEqual([1, 1, all]);
  });

  test("of a work queue starts no new pod once one has succeeded", () => {
    const world = smallWorld(3, { workloads: [] });
    const spec = {
      parallelism: 2,
      template: {
        metadata: { annotations: { "rig/run-time": "5s" } },
        spec: { restartPolicy: "Never", containers: [{ name: "c", image: "a:1" }] },
      },
    };
    new Probe(world).send("POST", "/apis/batch/v1/namespaces/default/jobs", {
      metadata: { name: "queue" },
      spec,
    });
    settle(world, 60_000);
    const job = world.get("jobs", "default", "queue");
    expect(job?.status).toMatchObject({ succeeded: 2 });
    const started = world.list("pods").filter(({ metadata }) => metadata.labels?.["job-name"] === "queue");
    expect(started).toHaveLength(2);
    expect(job?.status.conditions?.find(({ type }) => type === "Complete")?.status).toBe("True");
  });
});

test("readiness gates hold Ready back until they are True, and take it away again", () => {
  const world = smallWorld(3, { workloads: [] });
  const probe = new Probe(world);
  const path = "/api/v1/namespaces/default/pods/gated";
  probe.send("POST", "/api/v1/namespaces/default/pods", {
    metadata: { name: "gated" },
    spec: { readinessGates: [{ conditionType: "lb/attached" }], containers: [{ name: "c", image: "a:1" }] },
  });
  const ready = (): string | undefined =>
    world.get("pods", "default", "gated")?.status.conditions?.find(({ type }) => type === "Ready")?.status;
  const gate = (status: string): void => {
    probe.send(
      "PATCH",
      `${path}/status`,
      { status: { conditions: [{ type: "lb/attached", status }] } },
      {
        contentType: "application/strategic-merge-patch+json",
      },
    );
    settle(world);
  };
  settle(world, 20_000);
  expect(ready()).toBe("False");
  gate("True");
  expect(ready()).toBe("True");
  gate("False");
  expect(ready()).toBe("False");
});

test("pods of a Node that is deleted are Failed, with their reason, before they are removed", () => {
  const world = smallWorld(3, { workloads: [{ kind: "Deployment", name: "web", replicas: 3 }] });
  const [pod] = podsOf(world, "web");
  const seen: Pod["status"][] = [];
  world.onChange(({ object, plural }) => {
    if (plural === "pods" && object.metadata.uid === pod?.metadata.uid) seen.push((object as Pod).status);
  });
  new Actors(world).delete("nodes", undefined, pod?.spec.nodeName ?? "");
  settle(world, 39_000);
  expect(world.get("pods", "default", pod?.metadata.name ?? "")).toBeDefined();
  settle(world, 22_000);
  expect(world.get("pods", "default", pod?.metadata.name ?? "")).toBeUndefined();
  expect(seen.at(-1)?.phase).toBe("Failed");
  expect(seen.at(-1)?.conditions).toContainEqual(
    expect.objectContaining({ type: "DisruptionTarget", status: "True", reason: "DeletionByPodGC" }),
  );
});
