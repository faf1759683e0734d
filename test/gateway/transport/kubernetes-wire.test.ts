import { writeFileSync } from "node:fs";
import type { RequestListener, ServerResponse } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createKubernetesWire } from "#gateway/transport/kubernetes-wire.ts";
import { openKubernetesWire } from "#gateway/transport/open-kubernetes.ts";
import {
  type KubernetesRequest,
  type KubernetesStream,
  type KubernetesWire,
  WireError,
} from "#gateway/wire.ts";
import {
  aFolder,
  aKubeconfig,
  anHttpsServer,
  base64,
  selfSigned,
  sendJson,
  type TestServer,
} from "./support.ts";

const GET: KubernetesRequest = { method: "GET", path: "/api/v1/nodes" };
const never = (): AbortSignal => new AbortController().signal;

interface Connected {
  readonly server: TestServer;
  readonly wire: KubernetesWire;
}

async function connect(answer: RequestListener, user?: object, cluster?: object): Promise<Connected> {
  const server = await anHttpsServer(answer);
  const kubeconfig = aKubeconfig(server.url, user, cluster);
  return { server, wire: openKubernetesWire({ kubeconfig, environment: {} }).wire };
}

async function failureOf(promise: Promise<unknown>): Promise<WireError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WireError);
  return error as WireError;
}

async function readAll(stream: KubernetesStream): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const event of stream.events) found.push(event);
  return found;
}

/** A wire with small caps. */
async function capped(answer: RequestListener): Promise<KubernetesWire> {
  const server = await anHttpsServer(answer);
  return createKubernetesWire({
    server: server.url,
    credentials: { get: async () => ({ ca: selfSigned().certificate, headers: {} }), reject: () => false },
    largestBodyBytes: 1000,
    largestLineBytes: 100,
  });
}

test("a request carries its path, query, body, token and content type", async () => {
  const bodies: string[] = [];
  const { server, wire } = await connect((request, response) => {
    request.setEncoding("utf8").on("data", (chunk: string) => bodies.push(chunk));
    request.on("end", () => sendJson(response, 201, { kind: "Status" }));
  });
  const answer = await wire.request({
    method: "PATCH",
    path: "/api/v1/nodes/a%2Fb",
    query: { fieldSelector: "spec.nodeName=x y" },
    contentType: "application/merge-patch+json",
    body: { text: "ü", gone: undefined },
  });
  expect([answer.status, answer.body]).toEqual([201, { kind: "Status" }]);
  expect(bodies.join("")).toBe('{"text":"ü"}');
  expect(server.requests[0]).toMatchObject({
    method: "PATCH",
    url: "/api/v1/nodes/a%2Fb?fieldSelector=spec.nodeName%3Dx+y",
    headers: { authorization: "Bearer t", "content-type": "application/merge-patch+json" },
  });
});

test("any status is an answer, with its headers in lower case and its text as it came", async () => {
  const { wire } = await connect((_request, response) => {
    response.writeHead(429, { "Retry-After": "3", "content-type": "text/plain" });
    response.end("slow down");
  });
  const answer = await wire.request(GET);
  expect([answer.status, answer.headers["retry-after"], answer.body]).toEqual([429, "3", "slow down"]);
});

test("a server behind a path keeps its path", async () => {
  const server = await anHttpsServer((_request, response) => sendJson(response, 200, {}));
  const kubeconfig = aKubeconfig(`${server.url}/k8s/clusters/c-1/`);
  await openKubernetesWire({ kubeconfig, environment: {} }).wire.request(GET);
  expect(server.requests[0]?.url).toBe("/k8s/clusters/c-1/api/v1/nodes");
});

test("requests one after the other share one connection", async () => {
  const { server, wire } = await connect((_request, response) => sendJson(response, 200, {}));
  for (let count = 0; count < 5; count++) await wire.request(GET);
  expect(server.connections()).toBe(1);
});

test("a redirect is an answer: no token follows it", async () => {
  const elsewhere = await anHttpsServer((_request, response) => sendJson(response, 200, {}));
  const { wire } = await connect((_request, response) => {
    response.writeHead(307, { location: `${elsewhere.url}/api/v1/nodes` }).end();
  });
  expect((await wire.request(GET)).status).toBe(307);
  expect(elsewhere.requests).toEqual([]);
});

test("impersonation is asked for as kubectl does", async () => {
  const user = { token: "t", as: "jane", "as-uid": "7", "as-groups": ["a", "b"] };
  const { server, wire } = await connect((_request, response) => sendJson(response, 200, {}), user);
  await wire.request(GET);
  expect(server.requests[0]?.headers).toMatchObject({
    "impersonate-user": "jane",
    "impersonate-uid": "7",
    "impersonate-group": "a, b",
  });
});

test("nobody listens: unreachable, and certainly not sent", async () => {
  const kubeconfig = aKubeconfig("https://127.0.0.1:1");
  const error = await failureOf(openKubernetesWire({ kubeconfig, environment: {} }).wire.request(GET));
  expect([error.failure, error.maybeSent]).toEqual(["unreachable", false]);
  expect(error.message).toContain("127.0.0.1:1");
});

test("a certificate that nobody vouches for: tls, and certainly not sent", async () => {
  const server = await anHttpsServer((_request, response) => sendJson(response, 200, {}));
  const kubeconfig = aKubeconfig(server.url, { token: "t" }, { "certificate-authority-data": "" });
  const error = await failureOf(openKubernetesWire({ kubeconfig, environment: {} }).wire.request(GET));
  expect([error.failure, error.maybeSent]).toEqual(["tls", false]);
  expect(server.requests).toEqual([]);
});

test("NODE_TLS_REJECT_UNAUTHORIZED does not switch verification off", async () => {
  const server = await anHttpsServer((_request, response) => sendJson(response, 200, {}));
  const kubeconfig = aKubeconfig(server.url, { token: "t" }, { "certificate-authority-data": "" });
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  try {
    const error = await failureOf(openKubernetesWire({ kubeconfig, environment: {} }).wire.request(GET));
    expect(error.failure).toBe("tls");
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  }
});

test("a context without a user is anonymous, and still trusts the cluster's authority alone", async () => {
  const server = await anHttpsServer((_request, response) => sendJson(response, 200, {}));
  const kubeconfig = aKubeconfig(server.url, null);
  const { wire } = openKubernetesWire({ kubeconfig, environment: {} });
  expect((await wire.request(GET)).status).toBe(200);
  expect(server.requests[0]?.headers.authorization).toBeUndefined();
});

test.each(["data", "files", "a plugin"])("the client certificate is presented, from %s", async (from) => {
  const { certificate, key } = selfSigned();
  const folder = aFolder();
  const place = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const status = { clientCertificateData: certificate, clientKeyData: key };
  const users: Readonly<Record<string, object>> = {
    data: { "client-certificate-data": base64(certificate), "client-key-data": base64(key) },
    files: { "client-certificate": place("u.pem", certificate), "client-key": place("u.key", key) },
    "a plugin": {
      exec: {
        command: "cat",
        args: [place("answer", JSON.stringify({ kind: "ExecCredential", status }))],
      },
    },
  };
  const server = await anHttpsServer((_request, response) => sendJson(response, 200, {}), {
    requestCert: true,
    rejectUnauthorized: true,
    ca: certificate,
  });
  const { wire } = openKubernetesWire({ kubeconfig: aKubeconfig(server.url, users[from]), environment: {} });
  expect((await wire.request(GET)).status).toBe(200);
});

test("a certificate for another name: tls; tls-server-name may say which name is meant", async () => {
  const other = { "tls-server-name": "api.example" };
  const { wire } = await connect((_request, response) => sendJson(response, 200, {}), undefined, other);
  expect((await failureOf(wire.request(GET))).failure).toBe("tls");
});

test("a connection cut after the request: reset, and maybe sent", async () => {
  const { wire } = await connect((request) => request.socket.destroy());
  const error = await failureOf(wire.request(GET));
  expect([error.failure, error.maybeSent]).toEqual(["reset", true]);
});

test("a connection cut in the middle of a body: reset, and maybe sent", async () => {
  const { wire } = await connect((_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"items":[');
    setTimeout(() => response.destroy(), 20);
  });
  const error = await failureOf(wire.request(GET));
  expect([error.failure, error.maybeSent]).toEqual(["reset", true]);
});

test("JSON that is none: malformed", async () => {
  const { wire } = await connect((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end("{");
  });
  expect((await failureOf(wire.request(GET))).failure).toBe("malformed");
});

test("a body without an end is cut off at the cap", async () => {
  const endless = (response: ServerResponse): void => {
    if (!response.destroyed) response.write("x".repeat(500), () => setImmediate(endless, response));
  };
  const wire = await capped((_request, response) => {
    response.on("error", () => {});
    response.writeHead(200, { "content-type": "application/json" });
    endless(response);
  });
  expect((await failureOf(wire.request(GET))).failure).toBe("malformed");
});

test("an abort ends a request that is under way", async () => {
  const { wire } = await connect(() => {});
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 30);
  expect((await failureOf(wire.request(GET, controller.signal))).failure).toBe("aborted");
});

test("an abort before the start sends nothing", async () => {
  const { server, wire } = await connect((_request, response) => sendJson(response, 200, {}));
  const controller = new AbortController();
  controller.abort();
  const error = await failureOf(wire.request(GET, controller.signal));
  expect([error.failure, error.maybeSent]).toEqual(["aborted", false]);
  expect(server.requests).toEqual([]);
});

function inChunks(chunks: readonly (string | Buffer)[], end = true): RequestListener {
  return (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const rest = [...chunks];
    const next = (): void => {
      const chunk = rest.shift();
      if (chunk === undefined) {
        if (end) response.end();
        return;
      }
      response.write(chunk);
      setTimeout(next, 5);
    };
    next();
  };
}

test("a watch gives one value a line, however the bytes are cut", async () => {
  const bytes = Buffer.from('{"type":"ADDED","object":{"name":"ü"}}\n\n{"type":"BOOKMARK"}\n{"n":3}\n');
  const cut = bytes.indexOf("ü") + 1;
  const chunks = [bytes.subarray(0, cut), bytes.subarray(cut, cut + 8), bytes.subarray(cut + 8)];
  const { wire } = await connect(inChunks(chunks));
  expect(await readAll(await wire.stream(GET, never()))).toEqual([
    { type: "ADDED", object: { name: "ü" } },
    { type: "BOOKMARK" },
    { n: 3 },
  ]);
});

test("a watch that is refused gives the answer and no events", async () => {
  const gone = { kind: "Status", code: 410 };
  const { wire } = await connect((_request, response) => sendJson(response, 410, gone));
  const stream = await wire.stream(GET, never());
  expect([stream.status, stream.body, await readAll(stream)]).toEqual([410, gone, []]);
});

test.each([
  ["a line that is no JSON", ['{"n":1}\n{"n":\n']],
  ["a stream that ends in the middle of a line", ['{"n":1}\n{"n"']],
])("%s is malformed, and what came before it is not lost", async (_name, chunks) => {
  const { wire } = await connect(inChunks(chunks));
  const events = (await wire.stream(GET, never())).events[Symbol.asyncIterator]();
  expect((await events.next()).value).toEqual({ n: 1 });
  expect((await failureOf(events.next())).failure).toBe("malformed");
});

test("a line without an end is cut off at the cap", async () => {
  const wire = await capped(inChunks(["x".repeat(80), "x".repeat(80)], false));
  const stream = await wire.stream(GET, never());
  expect((await failureOf(readAll(stream))).failure).toBe("malformed");
});

test("a watch whose connection is cut is reset", async () => {
  const { wire } = await connect((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"n":1}\n');
    setTimeout(() => response.destroy(), 20);
  });
  const stream = await wire.stream(GET, never());
  expect((await failureOf(readAll(stream))).failure).toBe("reset");
});

test("an abort closes a watch on the server too", async () => {
  let closed: () => void = () => {};
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const { wire } = await connect((request, response) => {
    request.on("close", closed);
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"n":1}\n');
  });
  const controller = new AbortController();
  const events = (await wire.stream(GET, controller.signal)).events[Symbol.asyncIterator]();
  await events.next();
  const waiting = events.next();
  controller.abort();
  expect((await failureOf(waiting)).failure).toBe("aborted");
  await isClosed;
});

test("leaving a watch early closes it on the server", async () => {
  let closed: () => void = () => {};
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const { wire } = await connect((request, response) => {
    request.on("close", closed);
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"n":1}\n{"n":2}\n');
  });
  for await (const event of (await wire.stream(GET, never())).events) {
    expect(event).toEqual({ n: 1 });
    break;
  }
  await isClosed;
});

test("a client certificate that is none is a failure that says so, and nothing is sent", async () => {
  const { server, wire } = await connect((_, response) => sendJson(response, 200, {}), {
    "client-certificate-data": base64("no certificate"),
    "client-key-data": base64("no key"),
  });
  const failure = await failureOf(wire.request(GET));
  expect([failure.failure, failure.maybeSent]).toEqual(["tls", false]);
  expect(failure.message).toMatch(/certificates or the key for 127\.0\.0\.1:\d+ cannot be used/);
  expect(server.requests).toEqual([]);
});
