import { describe, expect, test } from "vitest";
import { valueAt } from "#world/json.ts";
import type { Plural } from "#world/kubernetes/kind-types.ts";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { smallWorld } from "./support.ts";

const why = 'error looking up service account default/robot: serviceaccount "robot" not found';

/** One of each, whose pods need a service account that is not there. */
function withWorkloads(world: World): Probe {
  const probe = new Probe(world);
  const containers = [{ name: "c", image: "i" }];
  const make = (
    plural: string,
    more: { readonly [field: string]: string | number },
    restart = "Always",
  ): void => {
    const labels = { app: plural };
    const spec = { serviceAccountName: "robot", restartPolicy: restart, containers };
    const selector = plural === "jobs" ? {} : { selector: { matchLabels: labels } };
    const template = { metadata: { labels }, spec };
    const group = plural === "jobs" ? "batch" : "apps";
    const path = `/apis/${group}/v1/namespaces/default/${plural}`;
    const answer = probe.send("POST", path, {
      metadata: { name: "x" },
      spec: { ...selector, ...more, template },
    });
    expect(answer.status).toBe(201);
  };
  make("deployments", { replicas: 2, progressDeadlineSeconds: 5 });
  make("statefulsets", { replicas: 2 });
  make("daemonsets", {});
  make("jobs", { parallelism: 2 }, "Never");
  return probe;
}

function reasonsOf(world: World, plural: Plural): readonly unknown[] {
  const [found] = world.list(plural).filter(({ metadata }) => metadata.namespace === "default");
  const conditions = valueAt(found, "status", "conditions");
  return Array.isArray(conditions) ? conditions.map((one) => valueAt(one, "reason")).toSorted() : [];
}

function podsOf(world: World, app: string): number {
  return world.list("pods").filter(({ metadata }) => metadata.labels?.app === app).length;
}

describe("controllers whose pods admission takes not", () => {
  test("make none, say why, and a rollout is late", () => {
    const world = smallWorld(5, { workloads: [] });
    withWorkloads(world);
    world.advance(world.now + 20_000);
    expect(world.list("pods").filter(({ metadata }) => metadata.namespace === "default")).toEqual([]);
    const told = world
      .list("events")
      .filter((event) => valueAt(event, "reason") === "FailedCreate")
      .map((event) => valueAt(event, "message"));
    const [set] = world.list("replicasets");
    expect(told.toSorted()).toEqual(
      [
        `Create Pod x-0 in StatefulSet x failed error: pods "x-0" is forbidden: ${why}`,
        `Error creating: pods "${set?.metadata.name}-" is forbidden: ${why}`,
        `Error creating: pods "x-" is forbidden: ${why}`,
        `Error creating: pods "x-" is forbidden: ${why}`,
      ].toSorted(),
    );
    expect(reasonsOf(world, "replicasets")).toEqual(["FailedCreate"]);
    expect(reasonsOf(world, "deployments")).toEqual([
      "FailedCreate",
      "MinimumReplicasUnavailable",
      "ProgressDeadlineExceeded",
    ]);
    expect(world.nextAt()).toBeUndefined();
  });

  test("make them once what was missing is there", () => {
    const world = smallWorld(5, { workloads: [] });
    const probe = withWorkloads(world);
    world.advance(world.now + 2000);
    probe.send("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "robot" } });
    world.advance(world.now + 10_000);
    expect(["deployments", "statefulsets", "jobs"].map((app) => podsOf(world, app))).toEqual([2, 2, 2]);
    expect(podsOf(world, "daemonsets")).toBeGreaterThan(0);
    expect(reasonsOf(world, "replicasets")).toEqual([]);
    expect(reasonsOf(world, "deployments")).toEqual(["MinimumReplicasAvailable", "NewReplicaSetAvailable"]);
  });

  test("and whose pod is evicted do without it", () => {
    const world = smallWorld(5, { workloads: [] });
    const probe = new Probe(world);
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    probe.send("POST", accounts, { metadata: { name: "robot" } });
    withWorkloads(world);
    world.advance(world.now + 10_000);
    probe.send("DELETE", `${accounts}/robot`);
    const pod = world.list("pods").find(({ metadata }) => metadata.labels?.app === "deployments");
    const path = `/api/v1/namespaces/default/pods/${pod?.metadata.name}/eviction`;
    expect(probe.send("POST", path, { metadata: { name: pod?.metadata.name ?? "" } }).status).toBe(201);
    world.advance(world.now + 60_000);
    expect(world.get("deployments", "default", "x")?.status).toMatchObject({
      replicas: 1,
      availableReplicas: 1,
    });
  });
});
