import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OnLoopback, onLoopback, rawRequest } from "./support.ts";

let cluster: OnLoopback;
beforeAll(async () => {
  cluster = await onLoopback();
});
afterAll(() => cluster.close());

const post = (path: string, contentType: string, body: string) =>
  rawRequest(cluster.served, path, { method: "POST", headers: { "content-type": contentType }, body });

/** "k8s", then an envelope whose type is v1 Lamp. */
const protobufLamp = "k8s\0\n\n\n\u0002v1\u0012\u0004Lamp";
const protobuf = "application/vnd.kubernetes.protobuf";

describe("what is not served", () => {
  test("is not found, whatever the body is", async () => {
    const path = "/apis/networking.k8s.io/v1/namespaces/default/ingresses";
    expect((await post(path, protobuf, protobufLamp)).status).toBe(404);
    expect((await post(path, "application/json", "{{")).status).toBe(404);
    expect((await post(path, "application/nonsense", "x")).status).toBe(404);
  });

  test("a subresource that is not modelled is said to be that, whatever the body is", async () => {
    const path = "/api/v1/namespaces/default/pods/none/exec";
    expect((await post(path, protobuf, protobufLamp)).status).toBe(501);
  });

  test("a body that nobody can read stays a bad request where something is served", async () => {
    const pods = "/api/v1/namespaces/default/pods";
    expect((await post(pods, protobuf, protobufLamp)).status).toBe(400);
    expect((await post(`${pods}/none/eviction`, "application/json", "{{")).status).toBe(400);
  });

  test("kubectl finds an OpenAPI v2 document that knows no kind, in the form it asks for", async () => {
    const type = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    const wire = await rawRequest(cluster.served, "/openapi/v2", { headers: { accept: type } });
    expect(wire.headers["content-type"]).toBe(type.replace("@", "."));
    expect(wire.body.startsWith("\n\u00032.0")).toBe(true);
    const json = await rawRequest(cluster.served, "/openapi/v2");
    expect(JSON.parse(json.body)).toMatchObject({ swagger: "2.0", paths: {} });
  });
});

describe("fields that are there more than once", () => {
  const path = "/api/v1/namespaces/default/configmaps";
  const text = (name: string): string =>
    `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"},"data":{"a":"1","a":"2"}}`;

  test("are refused by strict validation", async () => {
    const { status, body } = await post(`${path}?fieldValidation=Strict`, "application/json", text("strict"));
    expect(status).toBe(400);
    expect(JSON.parse(body).message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a"',
    );
    expect((await rawRequest(cluster.served, `${path}/strict`)).status).toBe(404);
  });

  test("are else warned of, and the last one counts", async () => {
    const { status, headers, body } = await post(path, "application/json", text("warned"));
    expect([status, headers.warning]).toEqual([201, '299 - "duplicate field \\"data.a\\""']);
    expect(JSON.parse(body).data).toEqual({ a: "2" });
  });
});

const configMaps = "/api/v1/namespaces/default/configmaps";

test("everything but false and 0 watches", async () => {
  const values = ["true", "1", "True", "yes", ""];
  const answers = await Promise.all(
    values.map((value) => rawRequest(cluster.served, `${configMaps}?timeoutSeconds=1&watch=${value}`)),
  );
  for (const { body } of answers) expect(body).not.toContain("ConfigMapList");
  const lists = ["false", "0", "FALSE"].map((value) =>
    rawRequest(cluster.served, `${configMaps}?watch=${value}`),
  );
  for (const { body } of await Promise.all(lists)) expect(JSON.parse(body).kind).toBe("ConfigMapList");
});
