import { beforeEach, describe, expect, test } from "vitest";
import type { WatchCursor } from "#world/kubernetes/watching.ts";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { smallWorld } from "./support.ts";

let world: World;
let probe: Probe;

beforeEach(() => {
  world = smallWorld(5);
  probe = new Probe(world);
});

function names(body: { readonly items?: readonly { readonly metadata: { readonly name: string } }[] }) {
  return (body.items ?? []).map(({ metadata }) => metadata.name);
}

function watch(path: string, query: Readonly<Record<string, string>>) {
  return world.openWatch(world.now, { method: "GET", path, query: { watch: "true", ...query } });
}

function openCursor(path: string, query: Readonly<Record<string, string>>): WatchCursor {
  const opening = watch(path, query);
  if (opening.kind === "refused") throw new Error(JSON.stringify(opening.answer));
  return opening.cursor;
}

describe("lists", () => {
  test("come in pages that together show one version in one order", () => {
    const whole = names(probe.get("/api/v1/pods").body);
    const seen: string[] = [];
    const query: Record<string, string> = { limit: "5" };
    const versions = new Set<string>();
    do {
      const { body } = probe.get("/api/v1/pods", query);
      seen.push(...names(body));
      versions.add(body.metadata.resourceVersion);
      query.continue = body.metadata.continue ?? "";
      const first = world.list("pods")[0];
      if (first !== undefined)
        probe.send("DELETE", `/api/v1/namespaces/${first.metadata.namespace}/pods/${first.metadata.name}`);
    } while (query.continue !== "");
    expect(seen).toEqual(whole);
    expect(versions.size).toBe(1);
  });

  test("refuse a page after five minutes, or after a compaction, with 410", () => {
    const { body } = probe.get("/api/v1/pods", { limit: "5" });
    const query = { limit: "5", continue: body.metadata.continue ?? "" };
    expect(probe.get("/api/v1/pods", query).status).toBe(200);
    world.advance(world.now + 300_001);
    expect(probe.get("/api/v1/pods", query)).toMatchObject({ status: 410, body: { reason: "Expired" } });
  });

  test("select by labels and fields", () => {
    const selected = probe.get("/api/v1/namespaces/default/pods", { labelSelector: "app in (web),!nothing" });
    expect(names(selected.body)).toHaveLength(6);
    const node = world.list("nodes")[1]?.metadata.name ?? "";
    const onNode = probe.get("/api/v1/pods", { fieldSelector: `spec.nodeName=${node},status.phase=Running` });
    expect(names(onNode.body)).toEqual(
      world
        .list("pods")
        .filter((pod) => pod.spec.nodeName === node)
        .map(({ metadata }) => metadata.name),
    );
    expect(probe.get("/api/v1/pods", { fieldSelector: "spec.colour=red" }).status).toBe(400);
  });

  test("from a version of the future answer 504 with a cause", () => {
    const answer = probe.get("/api/v1/pods", { resourceVersion: "99999999" });
    expect(answer).toMatchObject({ status: 504, retryAfter: "1" });
    expect(answer.body.details?.causes?.[0]?.reason).toBe("ResourceVersionTooLarge");
  });

  test("leave kind and apiVersion out of their items", () => {
    const { body } = probe.get("/api/v1/nodes");
    expect(body.kind).toBe("NodeList");
    expect(body.items?.[0]).not.toHaveProperty("kind");
    expect(body.items?.[0]).not.toHaveProperty("apiVersion");
  });
});

describe("watches", () => {
  test("tell every change after their version, and a change of selection as ADDED and DELETED", () => {
    const version = probe.get("/api/v1/nodes").body.metadata.resourceVersion;
    const node = world.list("nodes")[1]?.metadata.name ?? "";
    probe.patch(`/api/v1/nodes/${node}`, { metadata: { labels: { colour: "red" } } });
    const all = openCursor("/api/v1/nodes", { resourceVersion: version });
    const red = openCursor("/api/v1/nodes", { resourceVersion: version, labelSelector: "colour=red" });
    probe.patch(`/api/v1/nodes/${node}`, { metadata: { labels: { colour: "blue" } } });
    expect(all.take().map(({ type }) => type)).toEqual(["MODIFIED", "MODIFIED"]);
    expect(red.take().map(({ type }) => type)).toEqual(["ADDED", "DELETED"]);
    expect(all.take()).toEqual([]);
  });

  test("without a version begin with what there is", () => {
    const events = openCursor("/api/v1/nodes", {}).take();
    expect(events.map(({ type }) => type)).toEqual(["ADDED", "ADDED", "ADDED", "ADDED"]);
  });

  test("send a bookmark each minute where asked for", () => {
    const version = probe.get("/api/v1/nodes").body.metadata.resourceVersion;
    const cursor = openCursor("/api/v1/nodes", { resourceVersion: version, allowWatchBookmarks: "true" });
    world.advance(world.now + 125_000);
    expect(cursor.take().map(({ type }) => type)).toEqual(["BOOKMARK", "BOOKMARK"]);
  });

  test("end after timeoutSeconds", () => {
    const cursor = openCursor("/api/v1/nodes", { timeoutSeconds: "30" });
    world.advance(world.now + 29_000);
    expect(cursor.isEnded).toBe(false);
    world.advance(world.now + 2000);
    expect(cursor.isEnded).toBe(true);
  });

  test("end at once after a time that is over, and are refused with one that is no number", () => {
    const cursor = openCursor("/api/v1/nodes", { timeoutSeconds: "-1" });
    world.advance(world.now);
    expect(cursor.isEnded).toBe(true);
    const message = 'strconv.ParseInt: parsing "soon": invalid syntax';
    const refused = { kind: "refused", answer: { status: 400, body: { message } } };
    expect(watch("/api/v1/nodes", { timeoutSeconds: "soon" })).toMatchObject(refused);
    expect(probe.get("/api/v1/nodes", { timeoutSeconds: "soon" })).toMatchObject({
      status: 400,
      body: { message },
    });
  });

  test("from a version that is too old are refused with 410", () => {
    world.compact();
    expect(watch("/api/v1/nodes", { resourceVersion: "1" })).toMatchObject({
      kind: "refused",
      answer: { status: 410 },
    });
  });

  test("that fall behind a compaction get 410 as an ERROR event and end", () => {
    const cursor = openCursor("/api/v1/nodes", { resourceVersion: String(world.cluster.counter.version) });
    const node = world.list("nodes")[1]?.metadata.name ?? "";
    probe.patch(`/api/v1/nodes/${node}`, { metadata: { labels: { colour: "red" } } });
    world.compact();
    expect(cursor.take()).toEqual([
      { type: "ERROR", object: expect.objectContaining({ kind: "Status", code: 410 }) },
    ]);
    expect(cursor.isEnded).toBe(true);
  });
});

describe("a guarded cordon", () => {
  const path = () => `/api/v1/nodes/${world.list("nodes")[1]?.metadata.name}`;

  test("with the version and UID it was read with is applied, marker and cordon in one write", () => {
    const { metadata } = probe.get(path()).body;
    const { uid, resourceVersion } = metadata;
    const answer = probe.patch(path(), {
      metadata: { uid, resourceVersion, annotations: { "dextre.dev/run": "r1" } },
      spec: { unschedulable: true },
    });
    expect(answer).toMatchObject({ status: 200, body: { spec: { unschedulable: true } } });
  });

  test("with a stale version answers 409", () => {
    const answer = probe.patch(path(), { metadata: { resourceVersion: "1" }, spec: { unschedulable: true } });
    expect(answer).toMatchObject({ status: 409, body: { reason: "Conflict" } });
    expect(probe.get(path()).body.spec?.unschedulable).toBeUndefined();
  });

  test("with a wrong UID answers 422 and names the field", () => {
    const answer = probe.patch(path(), { metadata: { uid: "other" }, spec: { unschedulable: true } });
    expect(answer.status).toBe(422);
    expect(answer.body.details?.causes?.[0]?.field).toBe("metadata.uid");
  });

  test("that changes nothing gets no new version", () => {
    const before = probe.get(path()).body.metadata.resourceVersion;
    expect(probe.patch(path(), { metadata: {} }).body.metadata.resourceVersion).toBe(before);
  });

  test("by a JSON patch whose test fails answers 422", () => {
    const patch = [
      { op: "test", path: "/metadata/uid", value: "x" },
      { op: "add", path: "/spec/unschedulable", value: true },
    ];
    const answer = probe.send("PATCH", path(), patch, { contentType: "application/json-patch+json" });
    expect(answer.status).toBe(422);
    const good = [{ op: "add", path: "/spec/unschedulable", value: true }];
    expect(probe.send("PATCH", path(), good, { contentType: "application/json-patch+json" }).status).toBe(
      200,
    );
  });

  test("cannot change the provider id", () => {
    expect(probe.patch(path(), { spec: { providerID: "aws:///a/i-other" } }).status).toBe(422);
  });
});

describe("leases", () => {
  const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";

  test("are taken by compare and set", () => {
    const created = probe.send("POST", leases, { metadata: { name: "x" }, spec: { holderIdentity: "a" } });
    expect(created.status).toBe(201);
    expect(probe.send("POST", leases, { metadata: { name: "x" } })).toMatchObject({
      status: 409,
      body: { reason: "AlreadyExists" },
    });
    const { resourceVersion } = created.body.metadata;
    const next = { metadata: { name: "x", resourceVersion }, spec: { holderIdentity: "b" } };
    expect(probe.send("PUT", `${leases}/x`, next).status).toBe(200);
    expect(probe.send("PUT", `${leases}/x`, next)).toMatchObject({
      status: 409,
      body: { reason: "Conflict" },
    });
  });

  test("refuse an update without a version with 422", () => {
    probe.send("POST", leases, { metadata: { name: "x" }, spec: { holderIdentity: "a" } });
    expect(
      probe.send("PUT", `${leases}/x`, { metadata: { name: "x" }, spec: { holderIdentity: "z" } }).status,
    ).toBe(422);
  });
});

describe("access", () => {
  const review = (verb: string, resource: string) =>
    probe.send("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      spec: { resourceAttributes: { verb, resource, group: "" } },
    }).body.status;

  test("is allowed unless the scenario says otherwise, and the review tells the same as the server does", () => {
    world = smallWorld(1, { denied: [{ verb: "patch", resource: "nodes" }] });
    probe = new Probe(world);
    expect(review("patch", "nodes")).toEqual({ allowed: false });
    expect(review("list", "nodes")).toMatchObject({ allowed: true });
    const node = world.list("nodes")[0]?.metadata.name;
    expect(probe.patch(`/api/v1/nodes/${node}`, {})).toMatchObject({
      status: 403,
      body: { reason: "Forbidden" },
    });
  });
});

test("kube-system has a UID, and the version can be read", () => {
  expect(probe.get("/api/v1/namespaces/kube-system").body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
  expect(probe.get("/version").status).toBe(200);
});

test("what is not modelled is answered with a sentence that says so", () => {
  expect(probe.get("/apis/example.io/v1/things")).toMatchObject({
    status: 404,
    body: { reason: "NotFound" },
  });
  for (const kind of ["resourcequotas", "endpoints", "replicationcontrollers"]) {
    const path = `/api/v1/namespaces/default/${kind}`;
    expect(probe.get(path)).toMatchObject({
      status: 404,
      body: { message: expect.stringContaining(`the embedded cluster does not serve ${path}`) },
    });
  }
  const pod = world.list("pods")[0]?.metadata;
  const log = `/api/v1/namespaces/${pod?.namespace}/pods/${pod?.name}/log`;
  expect(probe.get(log)).toMatchObject({ status: 501, body: { reason: "NotImplemented" } });
  expect(probe.get(log).body.message).toContain("does not model");
});

test("nobody can change the truth through an answer", () => {
  const node = probe.get(`/api/v1/nodes/${world.list("nodes")[0]?.metadata.name}`).body;
  expect(() => Object.assign(node.metadata, { name: "other" })).toThrow(TypeError);
});

test("a write with version zero is one without a version; what is no number is an error of the server's own", () => {
  const path = "/api/v1/namespaces/default/configmaps";
  expect(probe.send("POST", path, { metadata: { name: "x" } }).status).toBe(201);
  const put = (resourceVersion: string) =>
    probe.send("PUT", `${path}/x`, {
      metadata: { name: "x", resourceVersion },
      data: { a: resourceVersion },
    });
  expect(put("0").status).toBe(200);
  expect(put("1").status).toBe(409);
  expect(put("abc")).toMatchObject({
    status: 500,
    body: { message: 'strconv.ParseUint: parsing "abc": invalid syntax' },
  });
  const lease = { metadata: { name: "x" }, spec: { holderIdentity: "a" } };
  const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
  expect(probe.send("POST", leases, lease).status).toBe(201);
  const versioned = { ...lease, metadata: { name: "x", resourceVersion: "0" } };
  expect(probe.send("PUT", `${leases}/x`, versioned).status).toBe(422);
});

test("a pod's image has no space around it, a template's may have", () => {
  const containers = [{ name: "c", image: " nginx" }];
  const pods = "/api/v1/namespaces/default/pods";
  const cause = {
    field: "spec.containers[0].image",
    message: 'Invalid value: " nginx": must not have leading or trailing whitespace',
  };
  const refused = probe.send("POST", pods, { metadata: { name: "x" }, spec: { containers } });
  expect(refused).toMatchObject({ status: 422, body: { details: { causes: [cause] } } });
  const good = { containers: [{ name: "c", image: "nginx" }] };
  expect(probe.send("POST", pods, { metadata: { name: "x" }, spec: good }).status).toBe(201);
  const changed = probe.patch(`${pods}/x`, { spec: { containers } });
  expect(changed).toMatchObject({ status: 422, body: { details: { causes: [cause, cause] } } });
  const labels = { app: "x" };
  const spec = {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers } },
  };
  const sets = "/apis/apps/v1/namespaces/default/replicasets";
  expect(probe.send("POST", sets, { metadata: { name: "x" }, spec }).status).toBe(201);
});

test("every pod of a built world is one that a server would have stored: it can be labelled", () => {
  for (const { metadata } of world.list("pods")) {
    const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
    const { status, body } = probe.patch(path, { metadata: { labels: { seen: "yes" } } });
    expect([status, body.message]).toEqual([200, undefined]);
  }
  const mirrored = world.list("pods").find(({ metadata }) => metadata.annotations?.[mirror] !== undefined);
  expect(mirrored?.status.podIP).toBe(mirrored?.status.hostIP);
});

test("a pod does not become a mirror pod, and a mirror pod stays one", () => {
  const mirrored = world.list("pods").find(({ metadata }) => metadata.annotations?.[mirror] !== undefined);
  const other = world.list("pods").find(({ metadata }) => metadata.annotations?.[mirror] === undefined);
  const tell = (pod: typeof other, value: string | null) => {
    const path = `/api/v1/namespaces/${pod?.metadata.namespace}/pods/${pod?.metadata.name}`;
    const { status, body } = probe.patch(path, { metadata: { annotations: { [mirror]: value } } });
    return [status, body.message?.split(": ").slice(-2)];
  };
  expect(tell(other, "x")).toEqual([422, ["Forbidden", "may not add mirror pod annotation"]]);
  expect(tell(mirrored, null)).toEqual([
    422,
    ["Forbidden", "may not remove or update mirror pod annotation"],
  ]);
});

const mirror = "kubernetes.io/config.mirror";
