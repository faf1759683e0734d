import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type HostTimers, WallDriver } from "#world/drivers/wall-driver.ts";
import type { World } from "#world/world.ts";
import { AwsHandler } from "./aws/aws-handler.ts";
import { makeServerIdentity } from "./certificate.ts";
import { Clients, newToken } from "./clients.ts";
import { guarded } from "./guarded.ts";
import { hostNow, hostTimers } from "./host-timers.ts";
import { kubeconfigText } from "./kubeconfig-text.ts";
import { KubernetesHandler } from "./kubernetes-handler.ts";
import { type Listening, listenOnLoopback } from "./loopback.ts";

export interface ServeWorldOptions {
  readonly world: World;
  /** World milliseconds per real millisecond; default 1. */
  readonly speed?: number;
  /** The clock and the timers that the world's time is counted by; this process's where absent. */
  readonly timers?: HostTimers;
  /**
   * User names; each gets a bearer token and a kubeconfig. "admin" may do everything, what "dextre" may not is
   * told by the scenario's denials and access rules. Default: both. Tokens of the scenario's access rules hold too.
   */
  readonly users?: readonly string[];
  /**
   * Told of a fault of the server itself, of which its client hears 500 only and may try again. Where it is absent
   * the fault goes on as an uncaught exception, so that no test passes over one.
   */
  readonly onFault?: (fault: Error) => void;
}

/** A world on the loopback, until it is closed. */
export interface ServedWorld {
  /** Text of a kubeconfig for the first user: server, authority and token. */
  readonly kubeconfig: string;
  /** The same for another user of the options. @throws Error for a user that is none. */
  kubeconfigFor(user: string): string;
  /** "https://127.0.0.1:PORT" */
  readonly server: string;
  /** "http://127.0.0.1:PORT", for AWS_ENDPOINT_URL. */
  readonly awsEndpoint: string;
  /** All that the AWS SDKs and the aws command need: AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, … */
  readonly awsEnvironment: Readonly<Record<string, string>>;
  /** Gives the world its time; `driver.now()` is the world's. */
  readonly driver: WallDriver;
  /** Ends open connections, the servers and the world's time. */
  close(): Promise<void>;
}

const accessKeyId = "AKIADEXTRESANDBOX000";
/** Longer than clients keep idle connections, so that none is closed under a request. */
const keepAliveTimeout = 120_000;

function throwLater(fault: Error): void {
  setImmediate(() => {
    throw fault;
  });
}

/** Serves the world as a Kubernetes API server (TLS, bearer tokens) and as AWS, on free ports of 127.0.0.1. */
export async function serveWorld(options: ServeWorldOptions): Promise<ServedWorld> {
  const { world, speed = 1, users = ["admin", "dextre"], onFault = throwLater } = options;
  const driver = new WallDriver({ world, speed, timers: options.timers ?? hostTimers });
  const clients = new Clients(users, world);
  world.cluster.newToken = newToken;
  const { certificate, key } = makeServerIdentity(hostNow());
  const kubernetes = new KubernetesHandler({ driver, clients });
  const aws = new AwsHandler({ driver, accessKeyId });
  const tls = { cert: certificate, key, keepAliveTimeout };
  const api = await listenOnLoopback(createHttpsServer(tls, guarded(kubernetes, onFault)));
  const cloud = await listenOnLoopback(createHttpServer({ keepAliveTimeout }, guarded(aws, onFault)));
  const server = `https://127.0.0.1:${api.port}`;
  const awsEndpoint = `http://127.0.0.1:${cloud.port}`;
  const kubeconfigFor = (user: string): string =>
    kubeconfigText({ name: "sandbox", server, authority: certificate, user, token: clients.tokenOf(user) });
  return {
    kubeconfig: kubeconfigFor(users[0] ?? ""),
    kubeconfigFor,
    server,
    awsEndpoint,
    awsEnvironment: {
      AWS_ENDPOINT_URL: awsEndpoint,
      AWS_REGION: world.fleet.region,
      // botocore, and so the aws command, knows this name alone.
      AWS_DEFAULT_REGION: world.fleet.region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: "not-checked",
      AWS_EC2_METADATA_DISABLED: "true",
    },
    driver,
    close: () => closeAll(driver, [api, cloud]),
  };
}

async function closeAll(driver: WallDriver, servers: readonly Listening[]): Promise<void> {
  driver.close();
  await Promise.all(servers.map((server) => server.close()));
}
