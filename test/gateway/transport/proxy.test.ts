import { createServer } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { openKubernetesWire } from "#gateway/transport/open-kubernetes.ts";
import { proxyFor } from "#gateway/transport/proxy.ts";
import { WireError } from "#gateway/wire.ts";
import { aKubeconfig, anHttpsServer, listen, sendJson } from "./support.ts";

const GET = { method: "GET", path: "/version" } as const;
const SERVER = new URL("https://api.prod.example.com:6443");
const PROXY = "http://proxy:3128";

/** A proxy on loopback that opens tunnels, or answers every CONNECT with this status. */
async function aProxy(refusal?: number): Promise<{ readonly url: string; readonly tunnels: string[] }> {
  const tunnels: string[] = [];
  const server = createServer();
  server.on("connect", (request, socket) => {
    tunnels.push(request.url ?? "");
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
      return;
    }
    const [host = "", port = ""] = (request.url ?? "").split(":");
    const onward = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(socket);
      socket.pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  return { url: await listen(server, "http"), tunnels };
}

test("proxy-url leads through the proxy, by one tunnel that is kept; the token stays inside it", async () => {
  const proxy = await aProxy();
  const server = await anHttpsServer((_request, response) => sendJson(response, 200, { ok: true }));
  const kubeconfig = aKubeconfig(server.url, { token: "t" }, { "proxy-url": proxy.url });
  const { wire } = openKubernetesWire({ kubeconfig, environment: {} });
  expect((await wire.request(GET)).body).toEqual({ ok: true });
  await wire.request(GET);
  expect(proxy.tunnels).toEqual([new URL(server.url).host]);
  expect(server.requests[0]?.headers.authorization).toBe("Bearer t");
});

test("a proxy that refuses is told, and nothing was sent", async () => {
  const proxy = await aProxy(403);
  const kubeconfig = aKubeconfig("https://127.0.0.1:1", { token: "t" }, { "proxy-url": proxy.url });
  const { wire } = openKubernetesWire({ kubeconfig, environment: {} });
  const error: unknown = await wire.request(GET).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WireError);
  expect((error as WireError).maybeSent).toBe(false);
});

test("HTTPS_PROXY holds where the kubeconfig names none; without a scheme it is http", () => {
  expect(proxyFor(SERVER, "", { HTTPS_PROXY: "proxy:3128" })?.href).toBe("http://proxy:3128/");
  expect(proxyFor(SERVER, "", { https_proxy: PROXY })?.host).toBe("proxy:3128");
  expect(proxyFor(SERVER, "", { HTTP_PROXY: PROXY })).toBeUndefined();
  expect(proxyFor(SERVER, "http://other:1", { HTTPS_PROXY: PROXY })?.host).toBe("other:1");
});

test.each(["https://127.0.0.1:6443", "https://localhost:6443", "https://[::1]:6443"])(
  "%s is never asked through the environment's proxy",
  (server) => {
    expect(proxyFor(new URL(server), "", { HTTPS_PROXY: PROXY })).toBeUndefined();
  },
);

test.each([
  ["*", true],
  ["example.com", true],
  [".example.com", true],
  ["*.example.com", true],
  ["api.prod.example.com", true],
  ["api.prod.example.com:6443", true],
  ["api.prod.example.com:443", false],
  ["other.com, prod.example.com", true],
  ["le.com", false],
  [".api.prod.example.com", false],
  ["", false],
])("NO_PROXY %j spares api.prod.example.com:6443: %s", (exemptions, isSpared) => {
  const proxy = proxyFor(SERVER, "", { HTTPS_PROXY: PROXY, NO_PROXY: exemptions });
  expect(proxy === undefined).toBe(isSpared);
});

test.each([
  ["10.0.0.0/8", true],
  ["10.1.2.3", true],
  ["192.168.0.0/16", false],
  ["10.0.0.0/99", false],
  ["fd00::/8", false],
])("NO_PROXY %j spares 10.1.2.3: %s", (exemptions, isSpared) => {
  const proxy = proxyFor(new URL("https://10.1.2.3"), "", { HTTPS_PROXY: PROXY, NO_PROXY: exemptions });
  expect(proxy === undefined).toBe(isSpared);
});
