import { beforeEach, describe, expect, test } from "vitest";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { smallWorld } from "./support.ts";

let world: World;
let probe: Probe;

beforeEach(() => {
  world = smallWorld(11);
  probe = new Probe(world);
});

const deployments = "/apis/apps/v1/namespaces/default/deployments";
const labels = { app: "shop" };
const containers = [{ name: "c", image: "shop:1" }];
const template = { metadata: { labels }, spec: { containers } };
const shop = {
  metadata: { name: "shop" },
  spec: { replicas: 2, selector: { matchLabels: labels }, template },
};

const configMaps = "/api/v1/namespaces/default/configmaps";

function namesOfConfigMaps(): readonly string[] {
  return world
    .list("configmaps")
    .filter(({ metadata }) => metadata.namespace === "default")
    .map(({ metadata }) => metadata.name);
}

function causes(
  answer: ReturnType<Probe["send"]>,
): readonly (readonly [string | undefined, string | undefined])[] {
  return (answer.body.details?.causes ?? []).map(({ field, reason }) => [field, reason] as const);
}

describe("a new object", () => {
  test("gets the server's defaults", () => {
    const { status, body } = probe.send("POST", deployments, shop);
    expect(status).toBe(201);
    expect(body.spec).toEqual({
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "c",
              image: "shop:1",
              resources: {},
              terminationMessagePath: "/dev/termination-log",
              terminationMessagePolicy: "File",
              imagePullPolicy: "IfNotPresent",
            },
          ],
          restartPolicy: "Always",
          terminationGracePeriodSeconds: 30,
          dnsPolicy: "ClusterFirst",
          securityContext: {},
          schedulerName: "default-scheduler",
        },
      },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
  });

  test("without what it must have is refused with a cause for each field", () => {
    const answer = probe.send("POST", deployments, { metadata: { name: "shop" }, spec: {} });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toBe(
      'Deployment.apps "shop" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`, spec.template.spec.containers: Required value]',
    );
    expect(causes(answer)).toEqual([
      ["spec.selector", "FieldValueRequired"],
      ["spec.template.metadata.labels", "FieldValueInvalid"],
      ["spec.template.spec.containers", "FieldValueRequired"],
    ]);
  });

  test("with a field that nobody knows loses it with a warning, or is refused where asked to", () => {
    const typo = { ...shop, spec: { ...shop.spec, replcas: 3 } };
    const strict = probe.send("POST", deployments, typo, { query: { fieldValidation: "Strict" } });
    expect(strict).toMatchObject({ status: 400, body: { reason: "BadRequest" } });
    expect(strict.body.message).toContain('strict decoding error: unknown field "spec.replcas"');
    expect(probe.send("POST", deployments, typo).body.spec).not.toHaveProperty("replcas");
  });

  test("of a bad name, or with labels that are none, is refused in the server's words", () => {
    const maps = "/api/v1/namespaces/default/configmaps";
    const answer = probe.send("POST", maps, { metadata: { name: "X_x", labels: { "a b": "c d" } } });
    expect(causes(answer).map(([field]) => field)).toEqual([
      "metadata.name",
      "metadata.labels",
      "metadata.labels",
    ]);
    expect(answer.body.message).toContain("a lowercase RFC 1123 subdomain must consist of");
  });

  test("a budget cannot have both bounds", () => {
    const path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    const spec = { minAvailable: 1, maxUnavailable: 1, selector: {} };
    expect(causes(probe.send("POST", path, { metadata: { name: "b" }, spec }))).toEqual([
      ["spec", "FieldValueInvalid"],
    ]);
  });

  test("in a dry run is answered and not stored", () => {
    const answer = probe.send("POST", deployments, shop, { query: { dryRun: "All" } });
    expect(answer.status).toBe(201);
    expect(answer.body.metadata).not.toHaveProperty("resourceVersion");
    expect(probe.get(`${deployments}/shop`).status).toBe(404);
  });
});

describe("what may not change", () => {
  test("is the selector of a deployment", () => {
    const answer = probe.patch(`${deployments}/web`, {
      spec: { selector: { matchLabels: { app: "other" } } },
    });
    expect(causes(answer)).toContainEqual(["spec.selector", "FieldValueInvalid"]);
  });

  test("is a pod's spec but for its images, deadline and more tolerations", () => {
    const pod = world.list("pods").find(({ metadata }) => metadata.namespace === "default");
    const path = `/api/v1/namespaces/default/pods/${pod?.metadata.name}`;
    const moved = probe.patch(path, { spec: { nodeName: "elsewhere" } });
    expect(causes(moved)).toEqual([["spec", "FieldValueForbidden"]]);
    const image = [{ op: "replace", path: "/spec/containers/0/image", value: "other:2" }];
    expect(probe.send("PATCH", path, image, { contentType: "application/json-patch+json" }).status).toBe(200);
  });

  test("is the number of replicas below zero", () => {
    const answer = probe.patch(`${deployments}/web`, { spec: { replicas: -1 } });
    expect(answer.body.message).toBe(
      'Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
  });
});

describe("a pod", () => {
  test("is bound once", () => {
    const spec = { schedulerName: "none", containers };
    probe.send("POST", "/api/v1/namespaces/default/pods", { metadata: { name: "p" }, spec });
    const node = world.list("nodes")[1]?.metadata;
    const binding = { metadata: { name: "p" }, target: { kind: "Node", name: node?.name ?? "" } };
    const path = "/api/v1/namespaces/default/pods/p/binding";
    expect(probe.send("POST", path, binding).status).toBe(201);
    expect(world.get("pods", "default", "p")).toMatchObject({ spec: { nodeName: node?.name } });
    expect(probe.send("POST", path, binding)).toMatchObject({ status: 409, body: { reason: "Conflict" } });
  });
});

describe("a PUT", () => {
  test("creates a lease that is not there, and nothing else", () => {
    const lease = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l";
    const body = { metadata: { name: "l", resourceVersion: "5" }, spec: { holderIdentity: "a" } };
    expect(probe.send("PUT", lease, body).status).toBe(201);
    const map = "/api/v1/namespaces/default/configmaps/l";
    expect(probe.send("PUT", map, { metadata: { name: "l" } }).status).toBe(404);
  });

  test("that says nothing of a service's address leaves it alone", () => {
    const services = "/api/v1/namespaces/default/services";
    const service = { metadata: { name: "s" }, spec: { ports: [{ port: 80 }] } };
    const { clusterIP } = probe.send("POST", services, service).body.spec as { readonly clusterIP?: string };
    expect(clusterIP).toMatch(/^10\.96\./);
    expect(probe.send("PUT", `${services}/s`, service).body.spec).toMatchObject({ clusterIP });
  });
});

test("a selector that cannot be read is refused with what was expected", () => {
  const refusal = (query: Readonly<Record<string, string>>) => probe.get("/api/v1/pods", query).body.message;
  expect(refusal({ labelSelector: "a b" })).toBe(
    "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
  );
  expect(refusal({ labelSelector: "a in (x y)" })).toBe(
    "unable to parse requirement: found 'y', expected: ',' or ')'",
  );
  expect(refusal({ fieldSelector: "spec.colour=red" })).toBe("field label not supported: spec.colour");
  expect(refusal({ resourceVersionMatch: "Exact" })).toContain(
    "forbidden unless resourceVersion is provided",
  );
});

describe("a scale", () => {
  const path = `${deployments}/web/scale`;

  test("reads and writes the replicas alone", () => {
    const before = probe.get(path).body;
    expect(before).toMatchObject({ kind: "Scale", status: { selector: "app=web" } });
    expect(probe.patch(path, { spec: { replicas: 2 } })).toMatchObject({
      status: 200,
      body: { spec: { replicas: 2 } },
    });
    expect(world.get("deployments", "default", "web")?.spec.replicas).toBe(2);
    const stale = { metadata: { name: "web", resourceVersion: "1" }, spec: { replicas: 1 } };
    expect(probe.send("PUT", path, stale)).toMatchObject({ status: 409, body: { reason: "Conflict" } });
    expect(probe.patch(path, { spec: { replicas: -2 } }).body.message).toContain(
      'Scale.autoscaling "web" is invalid',
    );
  });
});

describe("a deletion", () => {
  test("in the foreground takes the dependents first and then the owner", () => {
    const answer = probe.send("DELETE", `${deployments}/web`, { propagationPolicy: "Foreground" });
    expect(answer.body.metadata).toMatchObject({
      finalizers: ["foregroundDeletion"],
      deletionGracePeriodSeconds: 0,
    });
    world.advance(world.now + 1000);
    expect(world.get("deployments", "default", "web")).toBeDefined();
    world.advance(world.now + 60_000);
    expect(world.get("deployments", "default", "web")).toBeUndefined();
    expect(world.list("pods").filter(({ metadata }) => metadata.labels?.app === "web")).toEqual([]);
  });

  test("that orphans leaves the dependents without an owner", () => {
    const count = world.list("pods").length;
    probe.send("DELETE", `${deployments}/web`, { propagationPolicy: "Orphan" });
    world.advance(world.now + 60_000);
    expect(world.get("deployments", "default", "web")).toBeUndefined();
    expect(world.list("pods")).toHaveLength(count);
    const set = world.list("replicasets").find(({ metadata }) => metadata.labels?.app === "web");
    expect(set?.metadata).not.toHaveProperty("ownerReferences");
  });

  test("of an owner takes what a client gave it, or orphans it, too", () => {
    const give = (owner: string, name: string): void => {
      const uid = world.get("deployments", "default", owner)?.metadata.uid ?? "";
      const ownerReferences = [{ apiVersion: "apps/v1", kind: "Deployment", name: owner, uid }];
      probe.send("POST", configMaps, { metadata: { name, ownerReferences } });
    };
    probe.send("POST", deployments, shop);
    give("web", "of-web");
    give("shop", "of-shop");
    world.advance(world.now + 1000);
    expect(namesOfConfigMaps()).toEqual(["of-shop", "of-web"]);
    probe.send("DELETE", `${deployments}/web`);
    probe.send("DELETE", `${deployments}/shop`, { propagationPolicy: "Orphan" });
    world.advance(world.now + 1000);
    expect(namesOfConfigMaps()).toEqual(["of-shop"]);
    expect(world.get("configmaps", "default", "of-shop")?.metadata).not.toHaveProperty("ownerReferences");
  });

  test("follows for what has no owner that is there, and an owner that is not there is forgotten", () => {
    const uid = world.get("deployments", "default", "web")?.metadata.uid ?? "";
    const web = { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid };
    const absent = { ...web, name: "absent", uid: "00000000-0000-0000-0000-000000000000" };
    const unknown = { ...absent, apiVersion: "example.com/v1", kind: "Database" };
    const owners = { both: [web, absent], none: [absent], unknown: [unknown] };
    for (const [name, ownerReferences] of Object.entries(owners)) {
      probe.send("POST", configMaps, { metadata: { name, ownerReferences } });
    }
    world.advance(world.now + 1000);
    expect(namesOfConfigMaps()).toEqual(["both", "unknown"]);
    expect(world.get("configmaps", "default", "both")?.metadata.ownerReferences).toEqual([web]);
  });

  test("of a collection takes what the selector chooses, and nothing in a dry run", () => {
    const pods = "/api/v1/namespaces/default/pods";
    const query = { labelSelector: "app=web" };
    const dry = probe.send("DELETE", pods, undefined, { query: { ...query, dryRun: "All" } });
    expect(dry.body.items).toHaveLength(6);
    const begun = () => world.list("pods").filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    expect(begun()).toEqual([]);
    probe.send("DELETE", pods, undefined, { query });
    expect(begun()).toHaveLength(6);
    expect(probe.send("DELETE", "/api/v1/pods").status).toBe(405);
  });

  test("of another object than the one meant is refused", () => {
    const answer = probe.send("DELETE", `${deployments}/web`, { preconditions: { uid: "x" } });
    expect(answer).toMatchObject({ status: 409, body: { reason: "Conflict" } });
    expect(answer.body.message).toContain("the UID in the precondition (x) does not match the UID in record");
    const odd = probe.send("DELETE", `${deployments}/web`, { propagationPolicy: "Nope" });
    expect(causes(odd)).toEqual([["propagationPolicy", "FieldValueNotSupported"]]);
  });
});

describe("a watch", () => {
  const open = (path: string, query: Readonly<Record<string, string>>) =>
    world.openWatch(world.now, { method: "GET", path, query: { watch: "true", ...query } });

  test("that asks for initial events says where they end", () => {
    const query = {
      sendInitialEvents: "true",
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: "true",
    };
    const opening = open("/api/v1/nodes", query);
    const events = opening.kind === "open" ? opening.cursor.take() : [];
    expect(events.map(({ type }) => type)).toEqual(["ADDED", "ADDED", "ADDED", "ADDED", "BOOKMARK"]);
    expect(events.at(-1)?.object).toMatchObject({
      metadata: { annotations: { "k8s.io/initial-events-end": "true" } },
    });
    expect(open("/api/v1/nodes", { sendInitialEvents: "true" })).toMatchObject({ answer: { status: 422 } });
  });

  test("of one object by its path is answered with the object, and by its name with its changes", () => {
    const name = world.list("nodes")[0]?.metadata.name ?? "";
    expect(open(`/api/v1/nodes/${name}`, {})).toMatchObject({
      answer: { status: 200, body: { kind: "Node" } },
    });
    const opening = open("/api/v1/nodes", { fieldSelector: `metadata.name=${name}` });
    expect(opening.kind === "open" ? opening.cursor.take() : []).toHaveLength(1);
  });
});
