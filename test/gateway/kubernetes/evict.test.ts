import { expect, test } from "vitest";
import { classifyEviction } from "#gateway/kubernetes/evict.ts";
import type { EvictAnswer } from "#gateway/ports.ts";
import { answer, aStage, response, type Stage, status } from "./support.ts";

interface PodName {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

function podOf(stage: Stage, app: string): PodName {
  const pod = stage.world.list("pods").find((one) => one.metadata.labels?.app === app);
  if (!pod) throw new Error(`no pod of ${app}`);
  return { namespace: pod.metadata.namespace ?? "", name: pod.metadata.name, uid: pod.metadata.uid };
}

const evict = (stage: Stage, pod: PodName, gracePeriodSeconds: number | null = null): Promise<EvictAnswer> =>
  stage.run(() => stage.cluster.evict({ ...pod, gracePeriodSeconds }));

const TERMINATING = {
  causes: [{ reason: "NamespaceTerminating", message: "", field: "metadata.namespace" }],
};

test("an eviction is one POST with the UID as its precondition, and no grace period of ours", async () => {
  const stage = aStage();
  const pod = podOf(stage, "api");
  expect(await evict(stage, pod)).toEqual({ kind: "accepted" });
  expect(stage.sent).toEqual([
    {
      method: "POST",
      path: `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/eviction`,
      body: {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { namespace: pod.namespace, name: pod.name },
        deleteOptions: { preconditions: { uid: pod.uid } },
      },
    },
  ]);
});

test("a grace period is sent where the spec sets one", async () => {
  const stage = aStage();
  await evict(stage, podOf(stage, "api"), 5);
  expect(stage.sent[0]?.body).toMatchObject({ deleteOptions: { gracePeriodSeconds: 5 } });
});

test("a pod that is gone is gone", async () => {
  const stage = aStage();
  expect(await evict(stage, { namespace: "default", name: "nobody", uid: "u" })).toEqual({ kind: "gone" });
});

test("a pod that replaced the planned one under its name is not evicted", async () => {
  const stage = aStage();
  const pod = podOf(stage, "api");
  expect(await evict(stage, { ...pod, uid: "another" })).toEqual({ kind: "renewed" });
  expect(stage.world.get("pods", pod.namespace, pod.name)?.metadata.deletionTimestamp).toBeUndefined();
});

test("an exhausted budget is told with its own words", async () => {
  const stage = aStage();
  await evict(stage, podOf(stage, "web"));
  const other = stage.world.list("pods").filter((one) => one.metadata.labels?.app === "web")[3];
  const { namespace = "", name, uid } = other?.metadata ?? { name: "", uid: "" };
  const refused = await evict(stage, { namespace, name, uid });
  expect(refused.kind).toBe("budget");
  const message = expect.stringContaining("The disruption budget web does not allow evicting pods currently");
  expect(refused).toMatchObject({ message });
});

test("a budget whose controller has not caught up names its time", async () => {
  const stage = aStage();
  stage.world.hold("budgets");
  stage.actors.request("PATCH", "/apis/policy/v1/namespaces/default/poddisruptionbudgets/web", {
    spec: { maxUnavailable: 2 },
  });
  expect(await evict(stage, podOf(stage, "web"))).toMatchObject({
    kind: "budget-unobserved",
    retryAfterSeconds: 10,
  });
});

test("a pod under two budgets is told apart from other faults of the server", async () => {
  const stage = aStage();
  stage.actors.request("POST", "/apis/policy/v1/namespaces/default/poddisruptionbudgets", {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "second", namespace: "default" },
    spec: { selector: { matchLabels: { app: "web" } }, maxUnavailable: 1 },
  });
  expect((await evict(stage, podOf(stage, "web"))).kind).toBe("two-budgets");
});

test.each([500, 502, 503])("a plain %i leaves the outcome unknown and is not sent again", async (code) => {
  const stage = aStage();
  stage.fault = () => answer(code, status(code, "InternalError", "etcd is away"));
  expect(await evict(stage, podOf(stage, "api"))).toMatchObject({ kind: "unknown", retryAfterSeconds: 0 });
  expect(stage.sent).toHaveLength(1);
});

test("a lost answer leaves the outcome unknown and is not sent again", async () => {
  const stage = aStage();
  const pod = podOf(stage, "api");
  stage.fault = () => ({ kind: "lostAnswer", failure: "reset" });
  expect((await evict(stage, pod)).kind).toBe("unknown");
  expect(stage.sent).toHaveLength(1);
  expect(stage.world.get("pods", pod.namespace, pod.name)?.metadata.deletionTimestamp).toBeDefined();
});

test("an answer that never comes leaves the outcome unknown after our deadline", async () => {
  const stage = aStage();
  stage.fault = () => ({ kind: "slow", delayMs: 600_000 });
  expect((await evict(stage, podOf(stage, "api"))).kind).toBe("unknown");
  expect(stage.client.clock.monotonic()).toBeLessThan(60_000);
});

test("the server's own ten seconds over a conflict are waited for", async () => {
  const stage = aStage();
  stage.fault = () => ({ kind: "slow", delayMs: 20_000 });
  expect((await evict(stage, podOf(stage, "api"))).kind).toBe("accepted");
});

test.each<[string, number, object | string, Record<string, string>, Partial<EvictAnswer>]>([
  [
    "priority and fairness",
    429,
    "Too many requests, please try again later.",
    { "retry-after": "1" },
    { kind: "throttled", retryAfterSeconds: 1 },
  ],
  [
    "priority and fairness that names no time",
    429,
    "Too many requests.",
    {},
    { kind: "throttled", retryAfterSeconds: 5 },
  ],
  [
    "a server that shuts down",
    429,
    status(429, "TooManyRequests", "shutting down"),
    { "retry-after": "5" },
    { kind: "throttled", retryAfterSeconds: 5 },
  ],
  [
    "conflicts of a budget's update",
    504,
    status(504, "Timeout", "took too long", { retryAfterSeconds: 10 }),
    {},
    { kind: "unknown", retryAfterSeconds: 10 },
  ],
  [
    "a terminating namespace",
    403,
    status(403, "Forbidden", "being terminated", TERMINATING),
    {},
    { kind: "namespace-terminating" },
  ],
  [
    "a missing right",
    403,
    status(403, "Forbidden", 'User "x" cannot create resource "pods/eviction"'),
    {},
    { kind: "forbidden" },
  ],
  ["credentials that ended", 401, status(401, "Unauthorized", "Unauthorized"), {}, { kind: "forbidden" }],
  [
    "a webhook that answers 403",
    403,
    status(403, "Forbidden", 'admission webhook "guard.example" denied the request: no'),
    {},
    { kind: "refused", status: 403 },
  ],
  [
    "a webhook that answers 400",
    400,
    status(400, "BadRequest", 'admission webhook "guard.example" denied the request'),
    {},
    { kind: "refused", status: 400 },
  ],
  [
    "a conflict that is not about the UID",
    409,
    status(409, "Conflict", "the object has been modified"),
    {},
    { kind: "unknown" },
  ],
  ["a proxy's 404", 404, "<html>not found</html>", {}, { kind: "refused", status: 404 }],
])("tells %s apart", (_name, code, body, headers, expected) => {
  expect(classifyEviction(response(code, body, headers))).toMatchObject(expected);
});
