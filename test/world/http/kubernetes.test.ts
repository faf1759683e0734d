import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { KubernetesRequest } from "#gateway/wire.ts";
import {
  get,
  type OnLoopback,
  onLoopback,
  type RawAnswer,
  type RawOptions,
  rawRequest,
  wireWith,
} from "./support.ts";

let cluster: OnLoopback;
beforeAll(async () => {
  cluster = await onLoopback();
});
afterAll(() => cluster.close());

const pods = "/api/v1/namespaces/default/pods";

interface PodBody {
  readonly metadata: { readonly name: string; readonly uid: string };
}

async function firstPod(selector: string): Promise<PodBody> {
  const { body } = await cluster.wire.request(get(pods, { labelSelector: selector }));
  const [pod] = (body as { readonly items: readonly PodBody[] }).items;
  if (pod === undefined) throw new Error(`no pod ${selector}`);
  return pod;
}

const raw = (path: string, options: RawOptions = {}): Promise<RawAnswer> =>
  rawRequest(cluster.served, path, options);

describe("who may talk to the served cluster", () => {
  test("whoever trusts the kubeconfig's authority and shows its token", async () => {
    const { status, body } = await cluster.wire.request(get("/version"));
    expect(status).toBe(200);
    expect(body).toMatchObject({ major: "1", minor: "36" });
  });

  test("nobody with an unknown token", async () => {
    const changed = cluster.served.kubeconfig.replace(/token: .*/, "token: nonsense");
    const { status, body } = await wireWith(changed).request(get("/api/v1/nodes"));
    expect(status).toBe(401);
    expect(body).toMatchObject({ kind: "Status", reason: "Unauthorized", code: 401 });
  });

  test("nobody without a token, but for what load balancers ask", async () => {
    expect((await raw("/api/v1/nodes", { token: null })).status).toBe(401);
    expect(await raw("/readyz", { token: null })).toMatchObject({ status: 200, body: "ok" });
  });

  test("dextre's user is denied what the scenario denies, the admin is not", async () => {
    cluster.served.driver.world.cluster.denials.push({ verb: "delete", resource: "configmaps" });
    const request = { method: "DELETE", path: "/api/v1/namespaces/default/configmaps/none" } as const;
    const dextre = await wireWith(cluster.served.kubeconfigFor("dextre")).request(request);
    expect(dextre).toMatchObject({ status: 403, body: { reason: "Forbidden" } });
    expect((await cluster.wire.request(request)).status).toBe(404);
  });

  test("the certificate is its own authority, for the loopback alone", () => {
    const config = parse(cluster.served.kubeconfig);
    const pem = Buffer.from(config.clusters[0].cluster["certificate-authority-data"], "base64");
    const certificate = new X509Certificate(pem);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.ca).toBe(true);
    expect(certificate.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1");
  });
});

describe("requests", () => {
  test("lists by label, with all parameters of the query", async () => {
    const { body } = await cluster.wire.request(get(pods, { labelSelector: "app in (web)", limit: "2" }));
    expect(body).toMatchObject({ kind: "PodList", metadata: { continue: expect.any(String) } });
  });

  test("evicts", async () => {
    const { metadata } = await firstPod("app=api");
    const eviction: KubernetesRequest = {
      method: "POST",
      path: `${pods}/${metadata.name}/eviction`,
      body: {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name: metadata.name, namespace: "default" },
        deleteOptions: { preconditions: { uid: metadata.uid } },
      },
    };
    expect(await cluster.wire.request(eviction)).toMatchObject({ status: 201 });
  });

  test("patches", async () => {
    const { metadata } = await firstPod("app=db");
    const { status, body } = await cluster.wire.request({
      method: "PATCH",
      path: `${pods}/${metadata.name}`,
      contentType: "application/merge-patch+json",
      body: { metadata: { annotations: { "example.com/a": "ä" } } },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ metadata: { annotations: { "example.com/a": "ä" } } });
  });

  test("reads YAML", async () => {
    const { status, body } = await raw("/api/v1/namespaces/default/configmaps", {
      method: "POST",
      headers: { "content-type": "application/yaml" },
      body: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-yaml\ndata:\n  a: b\n",
    });
    expect(status).toBe(201);
    expect(JSON.parse(body)).toMatchObject({ metadata: { name: "from-yaml" }, data: { a: "b" } });
  });

  test.each([
    ["application/json", "{", 400, "BadRequest"],
    ["application/vnd.kubernetes.protobuf", "k8s", 400, "BadRequest"],
    ["application/cbor", "k8s", 415, "UnsupportedMediaType"],
    ["application/json", `{"data":"${"x".repeat(3 * 1024 * 1024)}"}`, 413, "RequestEntityTooLarge"],
  ])("refuses a body of %s that it cannot read", async (contentType, text, status, reason) => {
    const answer = await raw("/api/v1/namespaces/default/configmaps", {
      method: "POST",
      headers: { "content-type": contentType },
      body: text,
    });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ kind: "Status", reason });
  });

  test.each(["/api/v1/nodes/%zz", "/%"])(
    "refuses %s, which is no path, as a mistake of its sender",
    async (path) => {
      expect(await raw(path)).toMatchObject({ status: 400, body: "400 Bad Request" });
    },
  );

  test.each(["//elsewhere/api/v1/nodes", "//api/v1/nodes", "//apis", "/api//v1", "/api/v1/namespaces//pods"])(
    "serves nothing at %s, where two slashes stand side by side",
    async (path) => {
      expect(await raw(path)).toMatchObject({ status: 404 });
    },
  );

  test("takes no offence at a slash at the end", async () => {
    for (const path of ["/api/v1/nodes/", "/apis/", "/version/"]) expect((await raw(path)).status).toBe(200);
  });

  test("answers JSON where protobuf is only liked better, and 406 where nothing else is taken", async () => {
    const protobuf = "application/vnd.kubernetes.protobuf";
    const both = await raw("/api/v1/nodes", { headers: { accept: `${protobuf},application/json` } });
    expect(both).toMatchObject({ status: 200, headers: { "content-type": "application/json" } });
    expect((await raw("/api/v1/nodes", { headers: { accept: protobuf } })).status).toBe(406);
  });
});

describe("watches", () => {
  test("bring what happens, a line each, until they are given up", async () => {
    const { body } = await cluster.wire.request(get("/api/v1/nodes"));
    const { metadata, items } = body as {
      readonly metadata: { readonly resourceVersion: string };
      readonly items: readonly PodBody[];
    };
    const stop = new AbortController();
    const query = { watch: "true", resourceVersion: metadata.resourceVersion, allowWatchBookmarks: "true" };
    const stream = await cluster.wire.stream(get("/api/v1/nodes", query), stop.signal);
    expect(stream.status).toBe(200);
    const name = items[0]?.metadata.name ?? "";
    await cluster.wire.request({
      method: "PATCH",
      path: `/api/v1/nodes/${name}`,
      contentType: "application/merge-patch+json",
      body: { spec: { unschedulable: true } },
    });
    const seen: unknown[] = [];
    for await (const event of stream.events) {
      seen.push(event);
      break;
    }
    stop.abort();
    expect(seen).toMatchObject([
      { type: "MODIFIED", object: { metadata: { name }, spec: { unschedulable: true } } },
    ]);
  });

  test("end by themselves after timeoutSeconds", async () => {
    const { signal } = new AbortController();
    const query = { watch: "1", timeoutSeconds: "1", labelSelector: "app=web" };
    const stream = await cluster.wire.stream(get(pods, query), signal);
    const types: unknown[] = [];
    for await (const event of stream.events) types.push((event as { readonly type: string }).type);
    expect(types).toEqual(Array(6).fill("ADDED"));
  });

  test("from a version that is forgotten are refused with 410", async () => {
    const query = { watch: "true", resourceVersion: "1" };
    const stream = await cluster.wire.stream(get(pods, query), new AbortController().signal);
    expect(stream).toMatchObject({ status: 410, body: { reason: "Expired" } });
  });
});

test("closing the server waits for nobody who has connected and said nothing", async () => {
  const other = await onLoopback();
  const { server, awsEndpoint } = other.served;
  const sockets = [server, awsEndpoint].map((url) => connect(Number(new URL(url).port), "127.0.0.1"));
  const ends = sockets.map((socket) =>
    once(
      socket.on("error", () => undefined),
      "close",
    ),
  );
  // Both are with the server once one more connection, made after them, has been answered.
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  await other.wire.request(get("/version"));
  await other.close();
  await Promise.all(ends);
});

test("a fault of the server reaches its client, and whoever serves it", async () => {
  const faults: string[] = [];
  const other = await onLoopback({}, { onFault: ({ message }) => faults.push(message) });
  other.served.driver.world.onRequest(() => {
    throw new Error("planted");
  });
  expect(await rawRequest(other.served, "/api/v1/nodes")).toMatchObject({
    status: 500,
    body: expect.stringContaining("the embedded server failed: Error: planted"),
  });
  expect(faults).toEqual(["planted"]);
  await other.close();
});

test("closing the server breaks open watches and leaves no time running", async () => {
  const other = await onLoopback();
  const stream = await other.wire.stream(get(pods, { watch: "true" }), new AbortController().signal);
  const end = (async () => {
    for await (const _event of stream.events);
  })();
  await other.close();
  await expect(end).rejects.toMatchObject({ failure: "reset" });
  await expect(other.wire.request(get("/version"))).rejects.toMatchObject({ failure: "unreachable" });
});
