import { expect, test } from "vitest";
import type { LeaseAnswer, LeaseVersion, LeaseWrite } from "#gateway/ports.ts";
import { answer, aStage, type Stage, status } from "./support.ts";

const lease: LeaseWrite = {
  holder: "host:1",
  durationSeconds: 60,
  renewedAt: "2026-03-02T08:00:01.234Z",
  transitions: 1,
  annotations: { "dextre.dev/run": "r-1" },
  replaces: null,
};

async function withNamespace(stage: Stage): Promise<void> {
  expect(await stage.run(() => stage.leases.createNamespace())).toBe("done");
}

const write = (stage: Stage, change: Partial<LeaseWrite> = {}): Promise<LeaseAnswer> =>
  stage.run(() => stage.leases.write({ ...lease, ...change }));

async function created(stage: Stage): Promise<LeaseVersion> {
  await withNamespace(stage);
  const done = await write(stage);
  if (done.kind !== "done") throw new Error(done.kind);
  const { uid, resourceVersion } = done.lease;
  return { uid, resourceVersion };
}

test("a lease that is not there is undefined", async () => {
  const stage = aStage();
  expect(await stage.run(() => stage.leases.read())).toBeUndefined();
});

test("without its namespace the lease is not made, and that is said", async () => {
  expect(await write(aStage())).toEqual({ kind: "no-namespace" });
});

test("a namespace that is there already is as good as made", async () => {
  const stage = aStage();
  await withNamespace(stage);
  await withNamespace(stage);
});

test("a namespace that may not be made is said", async () => {
  const stage = aStage();
  stage.fault = () => answer(403, status(403, "Forbidden", "no"));
  expect(await stage.run(() => stage.leases.createNamespace())).toBe("forbidden");
});

test("a lease is written and read back, its time in micro seconds", async () => {
  const stage = aStage();
  const replaces = await created(stage);
  expect(stage.sent.at(-1)?.body).toMatchObject({ spec: { renewTime: "2026-03-02T08:00:01.234000Z" } });
  expect(await stage.run(() => stage.leases.read())).toEqual({
    ...replaces,
    holder: "host:1",
    durationSeconds: 60,
    renewedAt: "2026-03-02T08:00:01.234000Z",
    transitions: 1,
    annotations: { "dextre.dev/run": "r-1" },
  });
});

test("of two who create it one gets a conflict", async () => {
  const stage = aStage();
  await created(stage);
  expect(await write(stage, { holder: "host:2" })).toEqual({ kind: "conflict" });
});

test("of two who renew the same version one gets a conflict", async () => {
  const stage = aStage();
  const replaces = await created(stage);
  const renewedAt = "2026-03-02T08:00:16.000Z";
  expect((await write(stage, { replaces, renewedAt })).kind).toBe("done");
  expect(await write(stage, { replaces, holder: "host:2" })).toEqual({ kind: "conflict" });
  expect((await stage.run(() => stage.leases.read()))?.holder).toBe("host:1");
});

test("a lease that was deleted under its holder is lost", async () => {
  const stage = aStage();
  const replaces = await created(stage);
  stage.actors.request("DELETE", "/apis/coordination.k8s.io/v1/namespaces/dextre-system/leases/dextre");
  expect(await write(stage, { replaces })).toEqual({ kind: "conflict" });
});

test("a lease that is given back has no holder", async () => {
  const stage = aStage();
  const replaces = await created(stage);
  expect(await write(stage, { replaces, holder: "" })).toMatchObject({
    kind: "done",
    lease: { holder: "" },
  });
});

test.each([
  [403, "forbidden"],
  [500, "unknown"],
  [429, "unknown"],
])("a %i is told apart and not sent again", async (code, kind) => {
  const stage = aStage();
  stage.fault = () => answer(code, status(code, "No", "no"));
  expect((await write(stage)).kind).toBe(kind);
  expect(stage.sent).toHaveLength(1);
});

test("a renewal whose answer is lost is unknown, and was written", async () => {
  const stage = aStage();
  const replaces = await created(stage);
  stage.fault = () => ({ kind: "lostAnswer", failure: "reset" });
  expect((await write(stage, { replaces, transitions: 2 })).kind).toBe("unknown");
  stage.fault = () => undefined;
  expect((await stage.run(() => stage.leases.read()))?.transitions).toBe(2);
});

test("our own annotations are read back whole, however many runs and nodes they name", async () => {
  const stage = aStage();
  await withNamespace(stage);
  const annotations = {
    "dextre.dev/runs": JSON.stringify(Array.from({ length: 2_000 }, (_, at) => `node-${at}`)),
  };
  expect(await write(stage, { annotations })).toMatchObject({ kind: "done", lease: { annotations } });
});
