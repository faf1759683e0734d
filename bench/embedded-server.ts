import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parse } from "yaml";
import type { Json, KubernetesMethod, KubernetesWire } from "#gateway/wire.ts";
import { workTree } from "#test/rig/paths.ts";
import { buildWorld } from "#world/build-world.ts";
import { checkScenario } from "#world/check-scenario.ts";
import { WallDriver } from "#world/drivers/wall-driver.ts";

/** The embedded cluster behind https on loopback: it answers at once, so that a client's own time is what is left. */
export interface EmbeddedServer {
  /** Of a user with every right. */
  readonly kubeconfig: string;
  /** A worker, by its name. */
  readonly node: string;
  close(): void;
}

/** @throws where there is no openssl to sign a certificate with */
export async function startEmbeddedServer(): Promise<EmbeddedServer> {
  const folder = mkdtempSync(join(tmpdir(), "dextre-bench-"));
  const certificate = sign(folder);
  const wire = embeddedCluster();
  const server = createServer(certificate, (request, response) => void answer(wire, request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const kubeconfig = join(folder, "kubeconfig");
  const { port } = server.address() as AddressInfo;
  writeFileSync(kubeconfig, kubeconfigFor(port, certificate.cert), { mode: 0o600 });
  return {
    kubeconfig,
    node: await firstWorker(wire),
    close() {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function embeddedCluster(): KubernetesWire {
  const scenario = readFileSync(join(workTree(), "scenarios", "small.yaml"), "utf8");
  const timers = { monotonic: () => performance.now(), setTimer: soon };
  const world = buildWorld(checkScenario(parse(scenario)), { seed: 1, now: Date.now() });
  const driver = new WallDriver({ world, timers, latencyMs: [0, 0] });
  return driver.client("bench").kubernetes;
}

function soon(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds);
  timer.unref();
  return () => clearTimeout(timer);
}

async function firstWorker(wire: KubernetesWire): Promise<string> {
  const { body } = await wire.request({ method: "GET", path: "/api/v1/nodes" });
  const { items } = body as { readonly items: readonly { readonly metadata: Metadata }[] };
  const worker = items.find(({ metadata }) => "node-role.kubernetes.io/node" in (metadata.labels ?? {}));
  if (!worker) throw new Error("the scenario small has no worker");
  return worker.metadata.name;
}

interface Metadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

async function answer(
  wire: KubernetesWire,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { pathname, searchParams } = new URL(request.url ?? "/", "https://embedded");
  const body = chunks.length === 0 ? undefined : (JSON.parse(Buffer.concat(chunks).toString("utf8")) as Json);
  const answered = await wire.request({
    method: request.method as KubernetesMethod,
    path: pathname,
    query: Object.fromEntries(searchParams),
    ...(body === undefined ? {} : { body }),
  });
  response.writeHead(answered.status, { "content-type": "application/json" });
  response.end(JSON.stringify(answered.body));
}

function sign(folder: string): { readonly key: string; readonly cert: string } {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const subject = ["-subj", "/CN=dextre-bench", "-addext", "subjectAltName=IP:127.0.0.1"];
  const form = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...form, ...subject, "-keyout", key, "-out", cert], {
    stdio: "ignore",
  });
  return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
}

function kubeconfigFor(port: number, certificate: string): string {
  const authority = Buffer.from(certificate).toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "bench",
    clusters: [
      {
        name: "bench",
        cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": authority },
      },
    ],
    users: [{ name: "bench", user: { token: "bench" } }],
    contexts: [{ name: "bench", context: { cluster: "bench", user: "bench" } }],
  });
}
