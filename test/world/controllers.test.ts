import { describe, expect, test } from "vitest";
import { Actors } from "#world/actors.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { Scenario, ScenarioWorkload } from "#world/scenario.ts";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { smallWorld } from "./support.ts";

function worldWith(...workloads: readonly ScenarioWorkload[]): World {
  return smallWorld(11, { workloads } satisfies Partial<Scenario>);
}

function podsOf(world: World, app: string): readonly Pod[] {
  return world.list("pods").filter(({ metadata }) => metadata.labels?.app === app);
}

function evict(world: World, pod: Pod): number {
  const { namespace, name, uid } = pod.metadata;
  return new Probe(world).send("POST", `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
    metadata: { name },
    deleteOptions: { preconditions: { uid } },
  }).status;
}

function firstOf(world: World, app: string): Pod {
  const [first] = podsOf(world, app);
  if (first === undefined) throw new Error(`no pod of ${app}`);
  return first;
}

/** ms from now until a new pod of the application exists. */
function replacementDelay(world: World, app: string): number {
  const known = new Set(podsOf(world, app).map(({ metadata }) => metadata.uid));
  const start = world.now;
  while (world.now - start < 120_000) {
    world.advance(world.now + 10);
    if (podsOf(world, app).some(({ metadata }) => !known.has(metadata.uid))) return world.now - start;
  }
  return Number.POSITIVE_INFINITY;
}

describe("the replacement of an evicted pod", () => {
  test("of a Deployment appears about 50 ms later, under another name, while the old one still terminates", () => {
    const world = worldWith({ kind: "Deployment", name: "web", replicas: 3, stop: "8s" });
    const victim = firstOf(world, "web");
    evict(world, victim);
    const delay = replacementDelay(world, "web");
    expect(delay).toBeGreaterThanOrEqual(40);
    expect(delay).toBeLessThanOrEqual(60);
    expect(podsOf(world, "web")).toHaveLength(4);
    expect(victim.metadata.name).toMatch(/^web-[a-z0-9]{9}-[a-z0-9]{5}$/);
  });

  test("of a StatefulSet has the same name and another UID, and comes only when the old one is gone", () => {
    const world = worldWith({ kind: "StatefulSet", name: "db", replicas: 3, stop: "7s" });
    const victim = firstOf(world, "db");
    evict(world, victim);
    const delay = replacementDelay(world, "db");
    expect(delay).toBeGreaterThanOrEqual(7000);
    expect(delay).toBeLessThanOrEqual(7100);
    const next = world.get("pods", "default", "db-0");
    expect(next?.metadata.uid).not.toBe(victim.metadata.uid);
  });

  test("of a Job comes after its back-off of ten seconds", () => {
    const world = worldWith({ kind: "Job", name: "job", run: "10m" });
    evict(world, firstOf(world, "job"));
    const delay = replacementDelay(world, "job");
    expect(delay).toBeGreaterThanOrEqual(10_000);
    expect(delay).toBeLessThanOrEqual(10_200);
  });

  test("of a Job without retries never comes: the Job has failed", () => {
    const world = worldWith({ kind: "Job", name: "job", run: "10m", backoffLimit: 0 });
    evict(world, firstOf(world, "job"));
    expect(replacementDelay(world, "job")).toBe(Number.POSITIVE_INFINITY);
    expect(world.list("jobs")[0]?.status.conditions).toContainEqual(
      expect.objectContaining({ type: "Failed", status: "True", reason: "BackoffLimitExceeded" }),
    );
  });

  test("of a DaemonSet comes back to the same node, even a cordoned one", () => {
    const world = worldWith({ kind: "DaemonSet", name: "agent", tolerateEverything: true, stop: "1s" });
    const victim = firstOf(world, "agent");
    new Actors(world).cordon(victim.spec.nodeName ?? "");
    evict(world, victim);
    expect(replacementDelay(world, "agent")).toBeLessThan(1100);
    world.advance(world.now + 20);
    const nodes = podsOf(world, "agent").map(({ spec }) => spec.nodeName);
    expect(new Set(nodes)).toEqual(new Set(world.list("nodes").map(({ metadata }) => metadata.name)));
  });

  test("of a bare pod never comes", () => {
    const world = worldWith({ kind: "Pod", name: "alone" });
    evict(world, firstOf(world, "alone"));
    expect(replacementDelay(world, "alone")).toBe(Number.POSITIVE_INFINITY);
    expect(podsOf(world, "alone")).toEqual([]);
  });
});

test("a Job completes when its pods have run", () => {
  const world = worldWith({ kind: "Job", name: "job", replicas: 2, run: "20s" });
  expect(world.list("jobs")[0]?.status).toMatchObject({ active: 2, ready: 2 });
  world.advance(world.now + 30_000);
  expect(world.list("jobs")[0]?.status).toMatchObject({ ready: 0, succeeded: 2 });
  expect(world.list("jobs")[0]?.status.conditions).toEqual([
    expect.objectContaining({ type: "SuccessCriteriaMet", status: "True" }),
    expect.objectContaining({ type: "Complete", status: "True", reason: "CompletionsReached" }),
  ]);
});

test("the grace period bounds how long a pod may take to stop", () => {
  const world = worldWith({ kind: "Deployment", name: "web", stop: "60s", gracePeriodSeconds: 5 });
  const victim = firstOf(world, "web");
  evict(world, victim);
  world.advance(world.now + 4900);
  expect(world.get("pods", "default", victim.metadata.name)).toBeDefined();
  world.advance(world.now + 200);
  expect(world.get("pods", "default", victim.metadata.name)).toBeUndefined();
});

test("a pod with a finalizer outlives its grace period until somebody removes the finalizer", () => {
  const world = worldWith({ kind: "Deployment", name: "web", stop: "1s" });
  const probe = new Probe(world);
  const { name } = firstOf(world, "web").metadata;
  probe.patch(`/api/v1/namespaces/default/pods/${name}`, { metadata: { finalizers: ["x.io/keep"] } });
  evict(world, firstOf(world, "web"));
  world.advance(world.now + 60_000);
  expect(world.get("pods", "default", name)).toBeDefined();
  probe.patch(`/api/v1/namespaces/default/pods/${name}`, { metadata: { finalizers: null } });
  expect(world.get("pods", "default", name)).toBeUndefined();
});

describe("a budget", () => {
  test("allows the next eviction half a second to 1.3 s after the replacement is Ready", () => {
    const world = worldWith({
      kind: "Deployment",
      name: "web",
      replicas: 3,
      ready: "3s",
      stop: "1s",
      budgets: [{ maxUnavailable: 1 }],
    });
    const [first, second] = podsOf(world, "web");
    if (first === undefined || second === undefined) throw new Error("no pods");
    expect(evict(world, first)).toBe(201);
    expect(evict(world, second)).toBe(429);
    const start = world.now;
    while (world.list("poddisruptionbudgets")[0]?.status.disruptionsAllowed !== 1) {
      world.advance(world.now + 10);
      if (world.now - start > 20_000) throw new Error("never recovered");
    }
    // 50 ms to notice, 15 to schedule, 300 to start, 3 s to turn Ready, then the lag.
    expect(world.now - start).toBeGreaterThanOrEqual(3840);
    expect(world.now - start).toBeLessThanOrEqual(4700);
  });

  test("forgets an eviction that never happened after two minutes", () => {
    const world = worldWith({
      kind: "Deployment",
      name: "web",
      replicas: 3,
      budgets: [{ maxUnavailable: 1 }],
    });
    const { name } = firstOf(world, "web").metadata;
    const answer = new Probe(world).send("POST", `/api/v1/namespaces/default/pods/${name}/eviction`, {
      metadata: { name },
      deleteOptions: { preconditions: { uid: "somebody-else" } },
    });
    expect(answer.status).toBe(409);
    world.advance(world.now + 119_000);
    expect(world.list("poddisruptionbudgets")[0]?.status.disruptionsAllowed).toBe(0);
    world.advance(world.now + 2000);
    expect(world.list("poddisruptionbudgets")[0]?.status).toMatchObject({ disruptionsAllowed: 1 });
    expect(world.list("poddisruptionbudgets")[0]?.status.disruptedPods).toBeUndefined();
  });

  test.each([
    [{ minAvailable: "50%" }, 5, { desiredHealthy: 3, disruptionsAllowed: 2 }],
    [{ maxUnavailable: "30%" }, 5, { desiredHealthy: 3, disruptionsAllowed: 2 }],
    [{ maxUnavailable: 0 }, 3, { desiredHealthy: 3, disruptionsAllowed: 0 }],
  ])("of %j over %i pods rounds percentages up", (budget, replicas, status) => {
    const world = worldWith({ kind: "Deployment", name: "web", replicas, budgets: [budget] });
    expect(world.list("poddisruptionbudgets")[0]?.status).toMatchObject(status);
  });

  test("over pods whose controller has no scale fails to sync and allows nothing", () => {
    const world = worldWith({
      kind: "DaemonSet",
      name: "agent",
      tolerateEverything: true,
      budgets: [{ maxUnavailable: 1 }],
    });
    const status = world.list("poddisruptionbudgets")[0]?.status;
    expect(status?.disruptionsAllowed).toBe(0);
    expect(status?.conditions?.[0]).toMatchObject({ type: "DisruptionAllowed", reason: "SyncFailed" });
  });
});

test("a Deployment scaled down loses pods, scaled up gains them, and deleted takes all along", () => {
  const world = worldWith({ kind: "Deployment", name: "web", replicas: 3 });
  const actors = new Actors(world);
  actors.scale("deployments", "default", "web", 1);
  world.advance(world.now + 5000);
  expect(podsOf(world, "web")).toHaveLength(1);
  actors.scale("deployments", "default", "web", 4);
  world.advance(world.now + 5000);
  expect(world.list("deployments")[0]?.status).toMatchObject({
    replicas: 4,
    availableReplicas: 4,
    observedGeneration: 3,
  });
  actors.delete("deployments", "default", "web");
  world.advance(world.now + 5000);
  expect(podsOf(world, "web")).toEqual([]);
  expect(world.list("replicasets")).toEqual([]);
});

test("a Deployment with a new template replaces its pods and never falls below its floor", () => {
  const world = worldWith({ kind: "Deployment", name: "web", replicas: 4 });
  const before = new Set(podsOf(world, "web").map(({ metadata }) => metadata.uid));
  let lowest = 4;
  world.onChange(({ plural }) => {
    if (plural === "deployments")
      lowest = Math.min(lowest, world.list("deployments")[0]?.status.availableReplicas ?? 0);
  });
  new Actors(world).request("PATCH", "/apis/apps/v1/namespaces/default/deployments/web", {
    spec: { template: { metadata: { annotations: { version: "2" } } } },
  });
  world.advance(world.now + 60_000);
  const after = podsOf(world, "web");
  expect(after).toHaveLength(4);
  expect(after.some(({ metadata }) => before.has(metadata.uid))).toBe(false);
  expect(lowest).toBeGreaterThanOrEqual(3);
});

test("a pod that is afflicted never turns Ready, crash-loops or hangs, and goes on when healed", () => {
  const world = worldWith({ kind: "Deployment", name: "web", replicas: 1 });
  world.afflict("crashLoop", ({ metadata }) => metadata.labels?.app === "web");
  evict(world, firstOf(world, "web"));
  world.advance(world.now + 10_000);
  const [crashing] = podsOf(world, "web");
  expect(crashing?.status.containerStatuses?.[0]).toMatchObject({
    state: { waiting: { reason: "CrashLoopBackOff" } },
  });
  new Actors(world).heal();
  world.advance(world.now + 30_000);
  expect(podsOf(world, "web")[0]?.status.conditions).toContainEqual(
    expect.objectContaining({ type: "Ready", status: "True" }),
  );
});

test("a controller that is held does nothing, and catches up when it is let go", () => {
  const world = worldWith({ kind: "Deployment", name: "web", replicas: 3, budgets: [{ maxUnavailable: 1 }] });
  const allowed = () => world.list("poddisruptionbudgets")[0]?.status.disruptionsAllowed;
  for (const controller of ["replicasets", "budgets", "scheduler"] as const) world.hold(controller);
  evict(world, firstOf(world, "web"));
  world.advance(world.now + 10_000);
  expect(podsOf(world, "web")).toHaveLength(2);
  world.hold("replicasets", false);
  world.advance(world.now + 10_000);
  expect(podsOf(world, "web").filter(({ spec }) => spec.nodeName === undefined)).toHaveLength(1);
  world.hold("scheduler", false);
  world.advance(world.now + 10_000);
  expect(allowed()).toBe(0);
  world.hold("budgets", false);
  world.advance(world.now + 1000);
  expect(allowed()).toBe(1);
});
