import { expect, test } from "vitest";
import { GatewayError } from "#gateway/ports.ts";
import type { KubernetesWire } from "#gateway/wire.ts";
import { answer, aStage, firstTimes, type Stage, status } from "./support.ts";

const isNode = (request: { readonly path: string }): boolean => request.path.startsWith("/api/v1/nodes/");

/** Reads a node that exists and tells how long it took, in virtual milliseconds. */
async function readNode(stage: Stage, signal?: AbortSignal): Promise<number> {
  const [node] = stage.world.list("nodes");
  return stage.run(async () => {
    const before = stage.client.clock.monotonic();
    const found = await stage.cluster.readNode(node?.metadata.name ?? "", signal);
    expect(found?.uid).toBe(node?.metadata.uid);
    return stage.client.clock.monotonic() - before;
  });
}

async function failureOf(promise: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GatewayError);
  return error as GatewayError;
}

test("a node that is not there is undefined, at once", async () => {
  const stage = aStage();
  expect(await stage.run(() => stage.cluster.readNode("nobody"))).toBeUndefined();
  expect(stage.sent).toHaveLength(1);
});

test("an object is read without resourceVersion, so that no lagging cache answers", async () => {
  const stage = aStage();
  await readNode(stage);
  expect(stage.sent[0]?.query).toBeUndefined();
});

test("a 429 is repeated after the time that the server names", async () => {
  const stage = aStage();
  stage.fault = firstTimes(1, isNode, answer(429, "slow down", { "retry-after": "7" }));
  expect(await readNode(stage)).toBeGreaterThanOrEqual(7000);
  expect(stage.sent).toHaveLength(2);
});

test("a Retry-After beyond our patience fails at once instead of hanging", async () => {
  const stage = aStage();
  stage.fault = firstTimes(9, isNode, answer(429, "slow down", { "retry-after": "86400" }));
  const error = await failureOf(readNode(stage));
  expect(error.kind).toBe("server-failed");
  expect(stage.sent).toHaveLength(1);
});

test.each([500, 502, 503, 504])("a %i is repeated, slower each time, never at once", async (code) => {
  const stage = aStage();
  stage.fault = firstTimes(3, isNode, answer(code, status(code, "InternalError", "etcd is away")));
  // Floors of half of 0.5, 1 and 2 s.
  expect(await readNode(stage)).toBeGreaterThanOrEqual(1750);
  expect(stage.sent).toHaveLength(4);
});

test("a broken connection is repeated", async () => {
  const stage = aStage();
  stage.fault = firstTimes(2, isNode, { kind: "lostAnswer", failure: "reset" });
  await readNode(stage);
  expect(stage.sent).toHaveLength(3);
});

test.each([
  [401, "unauthorized"],
  [403, "forbidden"],
  [400, "server-failed"],
] as const)("a %i is final at once", async (code, kind) => {
  const stage = aStage();
  stage.fault = firstTimes(1, isNode, answer(code, status(code, "No", "you may not")));
  const error = await failureOf(readNode(stage));
  expect(error.kind).toBe(kind);
  expect(error.message).toMatch(new RegExp(`^get node \\S+: ${code} No \\(you may not\\)$`));
  expect(stage.sent).toHaveLength(1);
});

test.each([
  ["tls", "unreachable"],
  ["credentials", "unauthorized"],
] as const)("a failure of kind %s is final at once", async (failure, kind) => {
  const stage = aStage();
  stage.fault = firstTimes(1, isNode, { kind: "lostRequest", failure });
  expect((await failureOf(readNode(stage))).kind).toBe(kind);
  expect(stage.sent).toHaveLength(1);
});

test("a server that keeps losing its answers fails the read within the total deadline", async () => {
  const stage = aStage();
  stage.fault = () => ({ kind: "lostAnswer", failure: "reset" });
  const error = await failureOf(readNode(stage));
  expect(error.kind).toBe("unreachable");
  expect(stage.client.clock.monotonic()).toBeGreaterThan(30_000);
  expect(stage.client.clock.monotonic()).toBeLessThanOrEqual(45_000);
});

test("an address where nobody answers is not hung on for long", async () => {
  const stage = aStage();
  stage.fault = () => ({ kind: "lostRequest", failure: "unreachable" });
  const error = await failureOf(readNode(stage));
  expect(error.kind).toBe("unreachable");
  expect(stage.client.clock.monotonic()).toBeLessThanOrEqual(10_000);
  expect(stage.sent.length).toBeGreaterThan(3);
});

test("a request that is never answered is given up after its deadline and sent again", async () => {
  let count = 0;
  const silentOnce = (wire: KubernetesWire): KubernetesWire => ({
    stream: (request, signal) => wire.stream(request, signal),
    request: (request, signal) => (count++ === 0 ? new Promise(() => {}) : wire.request(request, signal)),
  });
  const stage = aStage(silentOnce);
  const took = await readNode(stage);
  expect(took).toBeGreaterThanOrEqual(15_000);
  expect(took).toBeLessThan(20_000);
});

test("an abort ends a read that waits for its next attempt", async () => {
  const stage = aStage();
  stage.fault = () => ({ kind: "lostRequest", failure: "unreachable" });
  const controller = new AbortController();
  stage.driver.at(stage.driver.now() + 3000, () => controller.abort(new Error("stop")));
  const error = await failureOf(readNode(stage, controller.signal));
  expect(error.kind).toBe("aborted");
  expect(stage.client.clock.monotonic()).toBeLessThan(3100);
});

test("a message holds no body that is not the server's own Status", async () => {
  const stage = aStage();
  stage.fault = () => answer(400, { token: "canary-secret" }, { authorization: "canary-secret" });
  expect((await failureOf(readNode(stage))).message).not.toContain("canary");
});

test("the identity is the UID of kube-system and the server's version", async () => {
  const stage = aStage();
  const identity = await stage.run(() => stage.cluster.identity());
  expect(identity.uid).toBe(stage.world.get("namespaces", undefined, "kube-system")?.metadata.uid);
  expect(identity.version).toMatch(/^v1\./);
  expect(identity.server).toBe("https://world");
});

test("access is asked for by a review of ourselves", async () => {
  const stage = aStage();
  const access = { verb: "create", group: "", resource: "pods", subresource: "eviction" };
  expect(await stage.run(() => stage.cluster.isAllowed(access))).toBe(true);
  const [request] = stage.sent;
  expect(request?.path).toBe("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
});
