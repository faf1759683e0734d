import { beforeEach, describe, expect, test } from "vitest";
import type { Json } from "#gateway/wire.ts";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { smallWorld } from "./support.ts";

let world: World;
let probe: Probe;

beforeEach(() => {
  world = smallWorld(11);
  probe = new Probe(world);
});

const configMaps = "/api/v1/namespaces/default/configmaps";

function causes(
  answer: ReturnType<Probe["send"]>,
): readonly (readonly [string | undefined, string | undefined])[] {
  return (answer.body.details?.causes ?? []).map(({ field, reason }) => [field, reason] as const);
}

describe("a Secret or ConfigMap", () => {
  const secrets = "/api/v1/namespaces/default/secrets";
  const metadata = { name: "one" };

  test("keeps texts as data, which win over the data given", () => {
    const body = { metadata, data: { a: "YQ==", b: "Yg==" }, stringData: { a: "hello" } };
    expect(probe.send("POST", secrets, body).status).toBe(201);
    expect(world.get("secrets", "default", "one")).toMatchObject({ data: { a: "aGVsbG8=", b: "Yg==" } });
    expect(probe.patch(`${secrets}/one`, { stringData: { c: "é" } }).status).toBe(200);
    const stored = world.get("secrets", "default", "one");
    expect(stored).toMatchObject({ data: { a: "aGVsbG8=", b: "Yg==", c: "w6k=" } });
    expect(stored).not.toHaveProperty("stringData");
  });

  test.each([
    ["hello", 4],
    ["a?b=", 1],
    ["aGk", 0],
    ["a===", 1],
  ])("with %j, which is no base64, is refused where the first fault is", (value, at) => {
    const message = `illegal base64 data at input byte ${at}`;
    for (const [path, body] of [
      [secrets, { metadata, data: { a: value } }],
      [configMaps, { metadata, binaryData: { a: value } }],
    ] as const) {
      const answer = probe.send("POST", path, body);
      expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(message)]);
    }
  });

  test("holds one mebibyte and not a byte more, whatever is in its values", () => {
    const most = 1024 * 1024;
    const cause = `Too long: may not be more than ${most} bytes`;
    const [half, odd] = ["é".repeat(most / 4), Buffer.alloc(most / 2 + 1).toString("base64")];
    const even = Buffer.alloc(most / 2).toString("base64");
    const of = (name: string, values: { readonly [field: string]: Json }): Json => ({
      metadata: { name },
      ...values,
    });
    const fitting = probe.send("POST", configMaps, of("fits", { data: { half }, binaryData: { even } }));
    expect(fitting.status).toBe(201);
    const larger = probe.send("POST", configMaps, of("not", { data: { half }, binaryData: { odd } }));
    expect([larger.status, larger.body.message]).toEqual([422, `ConfigMap "not" is invalid: []: ${cause}`]);
    expect(probe.send("POST", secrets, of("fits", { data: { even, other: even } })).status).toBe(201);
    const secret = probe.send("POST", secrets, of("not", { data: { even, odd } }));
    expect([secret.status, secret.body.message]).toEqual([422, `Secret "not" is invalid: data: ${cause}`]);
  });

  test("has the keys that its type takes", () => {
    const refused = probe.send("POST", secrets, { metadata, type: "kubernetes.io/tls" });
    expect([refused.status, causes(refused)]).toEqual([
      422,
      [
        ["data[tls.crt]", "FieldValueRequired"],
        ["data[tls.key]", "FieldValueRequired"],
      ],
    ]);
    const data = { username: "YQ==" };
    expect(probe.send("POST", secrets, { metadata, type: "kubernetes.io/basic-auth", data }).status).toBe(
      201,
    );
    expect(causes(probe.patch(`${secrets}/one`, { type: "Opaque" }))).toContainEqual([
      "type",
      "FieldValueInvalid",
    ]);
  });

  test("that is immutable keeps its data, and stays immutable", () => {
    probe.send("POST", configMaps, { metadata, data: { a: "1" }, immutable: true });
    const path = `${configMaps}/one`;
    const refused = probe.patch(path, { data: { a: "2" }, binaryData: { b: "YQ==" }, immutable: false });
    expect([refused.status, causes(refused)]).toEqual([
      422,
      ["immutable", "data", "binaryData"].map((field) => [field, "FieldValueForbidden"]),
    ]);
    expect(probe.patch(path, { metadata: { labels: { app: "x" } } }).status).toBe(200);
    expect(probe.send("DELETE", path).status).toBe(200);
  });

  test("that comes with a resourceVersion is not created", () => {
    const { status, body } = probe.send("POST", configMaps, {
      metadata: { ...metadata, resourceVersion: "5" },
    });
    expect(status).toBe(500);
    expect(body.message).toBe("resourceVersion should not be set on objects to be created");
    const zero = { ...metadata, resourceVersion: "0" };
    expect(probe.send("POST", configMaps, { metadata: zero }).status).toBe(201);
  });
});

test("a claim, a volume and a service are refused without what a cluster needs of them", () => {
  const metadata = { name: "one" };
  const claim = probe.send("POST", "/api/v1/namespaces/default/persistentvolumeclaims", {
    metadata,
    spec: { accessModes: ["Foo"] },
  });
  expect([claim.status, causes(claim)]).toEqual([
    422,
    [
      ["spec.accessModes", "FieldValueNotSupported"],
      ["spec.resources[storage]", "FieldValueRequired"],
    ],
  ]);
  const volume = probe.send("POST", "/api/v1/persistentvolumes", { metadata, spec: {} });
  expect([volume.status, causes(volume).map(([field]) => field)]).toEqual([
    422,
    ["spec.accessModes", "spec.capacity", "spec.capacity", "spec"],
  ]);
  const services = "/api/v1/namespaces/default/services";
  const first = { clusterIP: "10.96.9.9", ports: [{ port: 80 }] };
  expect(probe.send("POST", services, { metadata, spec: first }).status).toBe(201);
  const second = probe.send("POST", services, { metadata: { name: "two" }, spec: first });
  expect([second.status, second.body.message]).toEqual([
    422,
    'Service "two" is invalid: spec.clusterIPs: Invalid value: ["10.96.9.9"]: failed to allocate IP 10.96.9.9: provided IP is already allocated',
  ]);
});

test("annotations have 256 KiB together, keys and all", () => {
  const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
  const most = 256 * 1024;
  const annotations = { first: "x", second: "é".repeat((most - 12) / 2) };
  expect(probe.send("POST", leases, { metadata: { name: "one", annotations } }).status).toBe(201);
  const grown = probe.patch(`${leases}/one`, { metadata: { annotations: { first: "xy" } } });
  expect([grown.status, grown.body.message]).toEqual([
    422,
    `Lease.coordination.k8s.io "one" is invalid: metadata.annotations: Too long: may not be more than ${most} bytes`,
  ]);
});

test("the names of priority classes that begin with system- are the system's", () => {
  const classes = "/apis/scheduling.k8s.io/v1/priorityclasses";
  const answer = probe.send("POST", classes, { metadata: { name: "system-mine" }, value: 5 });
  expect([answer.status, answer.body.message]).toEqual([
    422,
    "PriorityClass.scheduling.k8s.io \"system-mine\" is invalid: metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
  ]);
});

test("a claim asks for what it asked for first: no class here grants a bound one more", () => {
  const claims = "/api/v1/namespaces/default/persistentvolumeclaims";
  const resources = { requests: { storage: "1Gi" } };
  const spec = { accessModes: ["ReadWriteOnce"], resources };
  expect(probe.send("POST", claims, { metadata: { name: "loose" }, spec }).status).toBe(201);
  const ask = (name: string, change: { readonly [field: string]: Json }) => {
    const { status, body } = probe.patch(`${claims}/${name}`, { spec: change });
    return [status, body.message ?? ""] as const;
  };
  const of = (storage: string) => ({ resources: { requests: { storage } } });
  const immutable = "spec: Forbidden: spec is immutable after creation except resources.requests";
  expect(ask("loose", of("2Gi"))).toEqual([422, expect.stringContaining(immutable)]);
  expect(ask("loose", { storageClassName: "slow" })[0]).toBe(200);
  expect(ask("loose", { storageClassName: "fast" })).toEqual([422, expect.stringContaining(immutable)]);
  const set = {
    metadata: { name: "store" },
    spec: {
      selector: { matchLabels: { app: "store" } },
      template: { metadata: { labels: { app: "store" } }, spec: { containers: [{ name: "c", image: "i" }] } },
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec }],
    },
  };
  expect(probe.send("POST", "/apis/apps/v1/namespaces/default/statefulsets", set).status).toBe(201);
  world.advance(world.now + 10_000);
  expect(world.get("persistentvolumeclaims", "default", "data-store-0")?.status).toMatchObject({
    phase: "Bound",
  });
  expect(ask("data-store-0", of("2Gi"))).toEqual([403, expect.stringContaining("must support resize")]);
  expect(ask("data-store-0", of("1Mi"))).toEqual([422, expect.stringContaining("can not be less than")]);
  expect(ask("data-store-0", { accessModes: ["ReadWriteMany"] })).toEqual([
    422,
    expect.stringContaining(immutable),
  ]);
  expect(probe.patch(`${claims}/data-store-0`, { metadata: { labels: { a: "b" } } }).status).toBe(200);
});

test("a volume stays where it is and what it is", () => {
  const volumes = "/api/v1/persistentvolumes";
  const inZone = (zone: string) => ({
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: [zone] }] }],
    },
  });
  const spec = { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, hostPath: { path: "/a" } };
  expect(probe.send("POST", volumes, { metadata: { name: "one" }, spec }).status).toBe(201);
  const change = (more: { readonly [field: string]: Json }) => {
    const { status, body } = probe.patch(`${volumes}/one`, { spec: more });
    return [status, body.message ?? ""] as const;
  };
  expect(change({ nodeAffinity: inZone("a") })[0]).toBe(200);
  const written =
    '{"Required":{"NodeSelectorTerms":[{"MatchExpressions":[{"Key":"zone","Operator":"In","Values":["b"]}],"MatchFields":null}]}}';
  expect(change({ nodeAffinity: inZone("b") })).toEqual([
    422,
    `PersistentVolume "one" is invalid: nodeAffinity: Invalid value: ${written}: field is immutable, except for updating from beta label to GA`,
  ]);
  expect(change({ nodeAffinity: null })[0]).toBe(422);
  const source = "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable";
  expect(change({ hostPath: { path: "/b" } })).toEqual([422, expect.stringContaining(source)]);
  expect(change({ persistentVolumeReclaimPolicy: "Retain", capacity: { storage: "2Gi" } })[0]).toBe(200);
});
