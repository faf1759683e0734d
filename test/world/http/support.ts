import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { openKubernetesWire } from "#gateway/transport/open-kubernetes.ts";
import type { KubernetesRequest, KubernetesWire } from "#gateway/wire.ts";
import { buildWorld } from "#world/build-world.ts";
import { type ServedWorld, type ServeWorldOptions, serveWorld } from "#world/http/serve-world.ts";
import type { Scenario } from "#world/scenario.ts";
import { loadScenario } from "../support.ts";

/** A small world on the loopback that people and programs use as they would any cluster. */
export interface OnLoopback {
  readonly served: ServedWorld;
  /** The real transport, as the first user. */
  readonly wire: KubernetesWire;
  close(): Promise<void>;
}

export async function onLoopback(
  change: Partial<Scenario> = {},
  options: Pick<ServeWorldOptions, "onFault"> = {},
): Promise<OnLoopback> {
  const world = buildWorld({ ...loadScenario("small"), ...change }, { seed: 1, now: Date.now() });
  const served = await serveWorld({ world, ...options });
  return { served, wire: wireWith(served.kubeconfig), close: () => served.close() };
}

/** The real transport on a kubeconfig's text. */
export function wireWith(kubeconfig: string): KubernetesWire {
  const folder = mkdtempSync(join(tmpdir(), "dextre-served-"));
  const file = join(folder, "kubeconfig");
  try {
    writeFileSync(file, kubeconfig, { mode: 0o600 });
    return openKubernetesWire({ kubeconfig: file, environment: {} }).wire;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const get = (path: string, query: Readonly<Record<string, string>> = {}): KubernetesRequest => ({
  method: "GET",
  path,
  query,
});

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface RawOptions {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string;
  /** null: none is sent. */
  readonly token?: null;
}

/** As a client that is not dextre: any header, any body. */
export function rawRequest(
  { kubeconfig, server }: ServedWorld,
  path: string,
  options: RawOptions = {},
): Promise<RawAnswer> {
  const config = parse(kubeconfig);
  const ca = Buffer.from(config.clusters[0].cluster["certificate-authority-data"], "base64");
  const authorization =
    options.token === null ? {} : { authorization: `Bearer ${config.users[0].user.token}` };
  const headers = { ...authorization, ...options.headers };
  return new Promise((resolve, reject) => {
    const call = httpsRequest(
      `${server}${path}`,
      { ca, method: options.method ?? "GET", headers },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    call.on("error", reject);
    call.end(options.body);
  });
}
