import { expect, test } from "vitest";
import { answer, aStage, type Stage, status } from "./support.ts";

function aNodeOf(stage: Stage): {
  readonly node: string;
  readonly uid: string;
  readonly resourceVersion: string;
} {
  const [node] = stage.world.list("nodes");
  if (!node) throw new Error("no node");
  return {
    node: node.metadata.name,
    uid: node.metadata.uid,
    resourceVersion: node.metadata.resourceVersion ?? "",
  };
}

const marker = { run: "r-1", wasUnschedulable: false, scaleDownDisabledBefore: null };

test("a cordon is one guarded patch that carries its owner", async () => {
  const stage = aStage();
  const guard = aNodeOf(stage);
  const done = await stage.run(() => stage.cluster.cordon({ ...guard, ...marker }));
  expect(done).toMatchObject({
    kind: "done",
    node: {
      unschedulable: true,
      cordonMarker: { ...marker, scaleDownDisabledBefore: { value: null } },
      scaleDownDisabled: "true",
    },
  });
  expect(stage.sent).toHaveLength(1);
  expect(stage.sent[0]).toMatchObject({
    method: "PATCH",
    contentType: "application/merge-patch+json",
    body: { metadata: { uid: guard.uid, resourceVersion: guard.resourceVersion } },
  });
});

test("a cordon by a stale version is a conflict and changes nothing", async () => {
  const stage = aStage();
  const guard = aNodeOf(stage);
  stage.actors.request("PATCH", `/api/v1/nodes/${guard.node}`, { metadata: { labels: { touched: "yes" } } });
  const refused = await stage.run(() => stage.cluster.cordon({ ...guard, ...marker }));
  expect(refused).toEqual({ kind: "conflict" });
  expect(stage.world.get("nodes", undefined, guard.node)?.spec.unschedulable).not.toBe(true);
});

test("a node that took the name of the planned one is not cordoned", async () => {
  const stage = aStage();
  const guard = { ...aNodeOf(stage), uid: "11111111-2222-3333-4444-555555555555" };
  expect(await stage.run(() => stage.cluster.cordon({ ...guard, ...marker }))).toEqual({ kind: "replaced" });
});

test("a node that is gone counts as replaced", async () => {
  const stage = aStage();
  const guard = { ...aNodeOf(stage), node: "nobody" };
  expect(await stage.run(() => stage.cluster.cordon({ ...guard, ...marker }))).toEqual({ kind: "replaced" });
});

test("an uncordon takes back exactly what the cordon brought", async () => {
  const stage = aStage();
  const before = stage.world.list("nodes")[0];
  const guard = aNodeOf(stage);
  await stage.run(() => stage.cluster.cordon({ ...guard, ...marker }));
  const { resourceVersion } = aNodeOf(stage);
  const request = { ...guard, resourceVersion, makeSchedulable: true, scaleDownDisabled: null };
  const done = await stage.run(() => stage.cluster.uncordon(request));
  expect(done).toMatchObject({
    kind: "done",
    node: { unschedulable: false, cordonMarker: null, scaleDownDisabled: null },
  });
  const after = stage.world.list("nodes")[0];
  expect(after?.metadata.annotations ?? {}).toEqual(before?.metadata.annotations ?? {});
});

test("somebody else's cordon and their autoscaler annotation are left as they were", async () => {
  const stage = aStage();
  stage.actors.cordon(aNodeOf(stage).node);
  const guard = aNodeOf(stage);
  await stage.run(() => stage.cluster.cordon({ ...guard, ...marker, wasUnschedulable: true }));
  const { resourceVersion } = aNodeOf(stage);
  const request = { ...guard, resourceVersion, makeSchedulable: false, scaleDownDisabled: "false" };
  expect(await stage.run(() => stage.cluster.uncordon(request))).toMatchObject({
    node: { unschedulable: true, cordonMarker: null, scaleDownDisabled: "false" },
  });
});

test.each([
  ["nothing", null, { value: null }],
  ["a value of somebody's", "false", { value: "false" }],
  ["a value too long to keep", "x".repeat(300), null],
])("the marker tells of the autoscaler's annotation that there was %s", async (_, before, told) => {
  const stage = aStage();
  const guard = aNodeOf(stage);
  const request = { ...guard, ...marker, scaleDownDisabledBefore: before };
  expect(await stage.run(() => stage.cluster.cordon(request))).toMatchObject({
    node: { cordonMarker: { run: "r-1", scaleDownDisabledBefore: told } },
  });
});

test.each([
  [403, status(403, "Forbidden", "no"), { kind: "forbidden", message: "403 Forbidden (no)" }],
  [400, status(400, "BadRequest", "admission webhook denied"), { kind: "forbidden" }],
  [422, status(422, "Invalid", "x", { causes: [{ field: "spec.taints" }] }), { kind: "forbidden" }],
  [429, "busy", { kind: "throttled", retryAfterSeconds: 5 }],
  [503, "down", { kind: "unknown" }],
])("a %i is told apart and not sent again", async (code, body, expected) => {
  const stage = aStage();
  stage.fault = () => answer(code, body);
  const guard = aNodeOf(stage);
  expect(await stage.run(() => stage.cluster.cordon({ ...guard, ...marker }))).toMatchObject(expected);
  expect(stage.sent).toHaveLength(1);
});

test("a lost answer leaves the outcome unknown", async () => {
  const stage = aStage();
  stage.fault = () => ({ kind: "lostAnswer", failure: "reset" });
  const guard = aNodeOf(stage);
  expect(await stage.run(() => stage.cluster.cordon({ ...guard, ...marker }))).toMatchObject({
    kind: "unknown",
  });
  expect(stage.sent).toHaveLength(1);
});

test("a marker that is not ours to understand counts as none", async () => {
  const stage = aStage();
  const { node } = aNodeOf(stage);
  stage.actors.request("PATCH", `/api/v1/nodes/${node}`, {
    metadata: { annotations: { "dextre.dev/cordon": "by hand" } },
  });
  const found = await stage.run(() => stage.cluster.readNode(node));
  expect(found?.cordonMarker).toBeNull();
});
