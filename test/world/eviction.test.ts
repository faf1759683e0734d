import { beforeEach, describe, expect, test } from "vitest";
import type { Json } from "#gateway/wire.ts";
import { World } from "#world/world.ts";
import { type Body, Probe, type ProbeAnswer } from "./probe.ts";
import { startTime } from "./support.ts";

/**
 * The answers of a real kube-apiserver v1.36, row by row. As in the measurement no controller and no
 * kubelet acts: pods sit on a node that does not exist, budgets get their status by hand.
 */
const pods = "/api/v1/namespaces/t/pods";
const budgets = "/apis/policy/v1/namespaces/t/poddisruptionbudgets";
const wrongUid = "00000000-0000-0000-0000-000000000000";

let world: World;
let probe: Probe;

beforeEach(() => {
  world = new World({ seed: 1, now: startTime });
  world.hold("budgets");
  probe = new Probe(world);
  probe.send("POST", "/api/v1/namespaces", { metadata: { name: "t" } });
});

function pod(
  name: string,
  options: { phase?: string; ready?: boolean; labels?: Record<string, string> } = {},
): Body {
  const { phase = "Running", ready = true, labels = { app: "a" } } = options;
  const spec = { nodeName: "n1", terminationGracePeriodSeconds: 30, containers: [{ name: "c", image: "i" }] };
  expect(probe.send("POST", pods, { metadata: { name, labels }, spec }).status).toBe(201);
  const conditions = [{ type: "Ready", status: ready ? "True" : "False" }];
  return probe.patch(`${pods}/${name}/status`, { status: { phase, conditions } }).body;
}

function budget(name: string, spec: Json & object, status?: Record<string, Json>): void {
  expect(probe.send("POST", budgets, { metadata: { name }, spec }).status).toBe(201);
  if (status === undefined) return;
  probe.patch(`${budgets}/${name}/status`, { status: { observedGeneration: 1, ...status } });
}

function evict(name: string, deleteOptions: Json = {}): ProbeAnswer {
  return probe.send("POST", `${pods}/${name}/eviction`, {
    metadata: { name, namespace: "t" },
    deleteOptions,
  });
}

function budgetStatus(name: string) {
  return world.get("poddisruptionbudgets", "t", name)?.status;
}

const twoHealthy = { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 };
const matching = (app: string) => ({ minAvailable: 1, selector: { matchLabels: { app } } });

describe("an eviction without a budget", () => {
  test("1: answers 201, sets the deletion timestamp and says why the pod is disrupted", () => {
    const { metadata } = pod("p");
    const answer = evict("p", { preconditions: { uid: metadata.uid } });
    expect(answer.status).toBe(201);
    expect(answer.body.status).toBe("Success");
    const evicted = world.get("pods", "t", "p");
    expect(evicted?.metadata.deletionTimestamp).toBe("2026-03-02T08:00:30Z");
    expect(evicted?.status.conditions).toContainEqual(
      expect.objectContaining({ type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI" }),
    );
  });

  test("2: repeated while the pod terminates, with its UID, answers 201 again", () => {
    const { metadata } = pod("p");
    evict("p");
    expect(evict("p", { preconditions: { uid: metadata.uid } }).status).toBe(201);
  });

  test("2b: repeated with a smaller grace period shortens it", () => {
    const { metadata } = pod("p");
    evict("p");
    evict("p", { gracePeriodSeconds: 5, preconditions: { uid: metadata.uid } });
    expect(world.get("pods", "t", "p")?.metadata).toMatchObject({
      deletionGracePeriodSeconds: 5,
      deletionTimestamp: "2026-03-02T08:00:05Z",
    });
  });

  test("a larger grace period does not lengthen it", () => {
    pod("p");
    evict("p");
    evict("p", { gracePeriodSeconds: 300 });
    expect(world.get("pods", "t", "p")?.metadata.deletionGracePeriodSeconds).toBe(30);
  });

  test("3: of a pod that does not exist answers 404", () => {
    expect(evict("ghost")).toMatchObject({ status: 404, body: { kind: "Status", reason: "NotFound" } });
  });

  test("4: with a wrong UID answers 409 at once", () => {
    pod("p");
    expect(evict("p", { preconditions: { uid: wrongUid } })).toMatchObject({
      status: 409,
      delayMs: 0,
      body: { reason: "Conflict" },
    });
    expect(world.get("pods", "t", "p")?.metadata.deletionTimestamp).toBeUndefined();
  });

  test("14: with a stale resource version answers 409", () => {
    pod("p");
    expect(evict("p", { preconditions: { resourceVersion: "1" } })).toMatchObject({
      status: 409,
      delayMs: 0,
    });
  });

  test("16: whose body names another pod answers 400", () => {
    pod("p");
    const body = { metadata: { name: "other", namespace: "t" } };
    expect(probe.send("POST", `${pods}/p/eviction`, body).status).toBe(400);
  });
});

describe("an eviction under a budget", () => {
  test("5: as a dry run answers 201 and leaves the budget alone", () => {
    budget("b", matching("w"), twoHealthy);
    pod("w0", { labels: { app: "w" } });
    expect(evict("w0", { dryRun: ["All"] }).status).toBe(201);
    expect(budgetStatus("b")).toMatchObject({ disruptionsAllowed: 1 });
    expect(budgetStatus("b")?.disruptedPods).toBeUndefined();
    expect(world.get("pods", "t", "w0")?.metadata.deletionTimestamp).toBeUndefined();
  });

  test("6 and 7: with a wrong UID answers 409 and still spends the budget, so that the next one gets 429", () => {
    budget("b", matching("w"), twoHealthy);
    pod("w0", { labels: { app: "w" } });
    const other = pod("w1", { labels: { app: "w" } });
    expect(evict("w0", { preconditions: { uid: wrongUid } })).toMatchObject({ status: 409, delayMs: 0 });
    expect(budgetStatus("b")).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { w0: "2026-03-02T08:00:00Z" },
    });
    const next = evict("w1", { preconditions: { uid: other.metadata.uid } });
    expect(next).toMatchObject({ status: 429, retryAfter: undefined, body: { reason: "TooManyRequests" } });
    expect(next.body.details?.causes).toEqual([
      expect.objectContaining({
        reason: "DisruptionBudget",
        message: "The disruption budget b does not allow evicting pods currently",
      }),
    ]);
  });

  test("8: whose generation was never observed answers 429 with Retry-After 10", () => {
    budget("b", matching("z"));
    pod("z0", { labels: { app: "z" } });
    const answer = evict("z0");
    expect(answer).toMatchObject({ status: 429, retryAfter: "10" });
    expect(answer.body.details?.causes?.[0]?.message).toBe(
      "The disruption budget b is still being processed by the server.",
    );
  });

  test("9: under two budgets answers 500 with nothing but a sentence, also as a dry run", () => {
    budget("b1", matching("m"), twoHealthy);
    budget("b2", { minAvailable: 1, selector: { matchLabels: { tier: "x" } } }, twoHealthy);
    pod("m0", { labels: { app: "m", tier: "x" } });
    for (const options of [{}, { dryRun: ["All"] }]) {
      const answer = evict("m0", options);
      expect(answer.status).toBe(500);
      expect(answer.body.reason).toBeUndefined();
      expect(answer.body.details).toBeUndefined();
      expect(answer.body.message).toMatch(/^This pod has more than one PodDisruptionBudget/);
    }
  });

  test.each(["Pending", "Succeeded", "Failed"])("10: of a %s pod passes the budgets by", (phase) => {
    budget("b1", matching("m"), { ...twoHealthy, disruptionsAllowed: 0 });
    budget("b2", { minAvailable: 1, selector: { matchLabels: { tier: "x" } } }, twoHealthy);
    pod("m0", { phase, ready: false, labels: { app: "m", tier: "x" } });
    expect(evict("m0").status).toBe(201);
  });

  test("11: of an unready pod waits while the application is below its floor (IfHealthyBudget)", () => {
    budget(
      "u",
      { minAvailable: 2, selector: { matchLabels: { app: "u" } } },
      {
        disruptionsAllowed: 0,
        currentHealthy: 1,
        desiredHealthy: 2,
        expectedPods: 2,
      },
    );
    pod("u0", { ready: false, labels: { app: "u" } });
    expect(evict("u0").status).toBe(429);
    probe.patch(`${budgets}/u/status`, { status: { currentHealthy: 2 } });
    expect(evict("u0").status).toBe(201);
  });

  test("12: of an unready pod passes with AlwaysAllow, even while the budget's generation is unobserved", () => {
    budget(
      "u",
      { minAvailable: 2, selector: { matchLabels: { app: "u" } } },
      {
        disruptionsAllowed: 0,
        currentHealthy: 1,
        desiredHealthy: 2,
        expectedPods: 2,
      },
    );
    pod("u0", { ready: false, labels: { app: "u" } });
    probe.patch(`${budgets}/u`, { spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" } });
    expect(evict("u0").status).toBe(201);
  });

  test("13: the empty selector matches every pod of the namespace", () => {
    budget(
      "e",
      { minAvailable: 1, selector: {} },
      {
        disruptionsAllowed: 0,
        currentHealthy: 1,
        desiredHealthy: 1,
        expectedPods: 1,
      },
    );
    pod("any", { labels: { q: "1" } });
    expect(evict("any").status).toBe(429);
  });
});

test("15: with a wrong UID on a Pending pod answers 409 only after the server's own retries", () => {
  pod("p", { phase: "Pending", ready: false });
  expect(evict("p", { preconditions: { uid: wrongUid } })).toMatchObject({ status: 409, delayMs: 10_200 });
});

test("22: in a terminating namespace answers 403 with its cause", () => {
  const spec = { nodeName: "n1", containers: [{ name: "c", image: "i" }] };
  probe.send("POST", pods, { metadata: { name: "t0", finalizers: ["x.io/f"] }, spec });
  probe.send("DELETE", "/api/v1/namespaces/t");
  const answer = evict("t0");
  expect(answer).toMatchObject({ status: 403, body: { reason: "Forbidden" } });
  expect(answer.body.details?.causes?.[0]?.reason).toBe("NamespaceTerminating");
});
