import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { stringify } from "yaml";

export function aFolder(): string {
  return mkdtempSync(join(tmpdir(), "dextre-transport-"));
}

export interface Identity {
  readonly key: string;
  readonly certificate: string;
}

let identity: Identity | undefined;

/** A key and a certificate for 127.0.0.1 that signs itself; made once. */
export function selfSigned(): Identity {
  if (identity) return identity;
  const folder = aFolder();
  const key = join(folder, "key.pem");
  const certificate = join(folder, "certificate.pem");
  const subject = ["-subj", "/CN=dextre-test", "-addext", "subjectAltName=IP:127.0.0.1"];
  const form = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...form, ...subject, "-keyout", key, "-out", certificate], {
    stdio: "ignore",
  });
  identity = { key: readFileSync(key, "utf8"), certificate: readFileSync(certificate, "utf8") };
  return identity;
}

export interface TestServer {
  readonly url: string;
  /** Every request that arrived, in order. */
  readonly requests: {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage["headers"];
  }[];
  /** Connections that were opened. */
  connections(): number;
}

export async function listen(server: Server, scheme: string): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An https server on loopback that answers so. */
export async function anHttpsServer(answer: RequestListener, more: ServerOptions = {}): Promise<TestServer> {
  const requests: TestServer["requests"] = [];
  let connections = 0;
  const { key, certificate } = selfSigned();
  const server = createHttpsServer({ key, cert: certificate, ...more }, (request, response) => {
    requests.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers });
    answer(request, response);
  });
  server.on("secureConnection", () => connections++);
  return { url: await listen(server, "https"), requests, connections: () => connections };
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

export const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A kubeconfig of one context "test", written to a file of its own. null: the context has no user. */
export function aKubeconfig(
  server: string,
  user: object | null = { token: "t" },
  cluster: object = {},
): string {
  const file = join(aFolder(), "config");
  const authority = { "certificate-authority-data": base64(selfSigned().certificate) };
  const content = {
    "current-context": "test",
    clusters: [{ name: "c", cluster: { server, ...authority, ...cluster } }],
    users: user ? [{ name: "u", user }] : [],
    contexts: [{ name: "test", context: { cluster: "c", user: user ? "u" : "" } }],
  };
  writeFileSync(file, stringify(content));
  return file;
}

/** A program that runs as a shell script. */
export function aProgram(script: string): string {
  const file = join(aFolder(), "plugin");
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}
