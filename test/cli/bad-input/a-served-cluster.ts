import { vi } from "vitest";
import { aFolder } from "#test/gateway/transport/support.ts";
import { loadScenario } from "#test/world/support.ts";
import { buildWorld } from "#world/build-world.ts";
import { serveWorld } from "#world/http/serve-world.ts";
import type { LoggedRequest, World } from "#world/world.ts";
import { type Answer, aFile, dextre, specOf } from "./a-command-line.ts";

/** The embedded cluster and its cloud behind real sockets, with the environment that points the AWS SDK at it. */
export interface ServedCluster {
  readonly world: World;
  readonly server: string;
  /** Text of one of the user dextre. */
  readonly kubeconfig: string;
  /** How often the API server and AWS were asked something. */
  readonly asked: () => number;
  /** What would have changed something but dextre's own lock. */
  readonly writes: readonly LoggedRequest[];
  close(): Promise<void>;
}

/** For what makes the first plan: the AWS SDK is thousands of files. */
export const LOADING_MILLISECONDS = 60_000;

export async function aServedCluster(seed = 1): Promise<ServedCluster> {
  const world = buildWorld(loadScenario("small"), { seed, now: Date.now() });
  const served = await serveWorld({ world, speed: 20 });
  const writes: LoggedRequest[] = [];
  let count = 0;
  world.onRequest((logged) => {
    count += 1;
    if (isWrite(logged)) writes.push(logged);
  });
  const environment = {
    ...served.awsEnvironment,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/nowhere",
    AWS_SHARED_CREDENTIALS_FILE: "/nowhere",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  return {
    world,
    server: served.server,
    kubeconfig: served.kubeconfigFor("dextre"),
    asked: () => count,
    writes,
    async close() {
      vi.unstubAllEnvs();
      await served.close();
    },
  };
}

/** Questions about one's own permissions create nothing; the lock's namespace and lease are no part of the cluster's work. */
function isWrite({ request }: LoggedRequest): boolean {
  if (request.kind === "aws") return request.action.startsWith("Terminate");
  const { method, path } = request.request;
  return method !== "GET" && !/selfsubject|\/leases|^\/api\/v1\/namespaces$/.test(path);
}

const WORKERS = specOf("{kind: Nodes, role: node}");
const KEEPS_RUNS = /^(apply|resume|abort|drain|roll)/;

/** A command on the cluster; `spec` is its standard input. */
export function on(cluster: ServedCluster, line: string, spec = WORKERS): Promise<Answer> {
  const state = KEEPS_RUNS.test(line) ? ["--state-dir", aFolder()] : [];
  const choice = line.startsWith("diff ") ? [] : ["--kubeconfig", aFile("kubeconfig", cluster.kubeconfig)];
  return dextre(line, [...choice, ...state], spec);
}
