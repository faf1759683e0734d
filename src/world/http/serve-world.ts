import type { WallDriver } from "#world/drivers/wall-driver.ts";
import type { World } from "#world/world.ts";

export interface ServeWorldOptions {
  readonly world: World;
  /** World milliseconds per real millisecond; default 1. */
  readonly speed?: number;
  /** User names; each gets a bearer token and a kubeconfig. Default: "admin" and "dextre". */
  readonly users?: readonly string[];
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

/** Serves the world as a Kubernetes API server (TLS, bearer tokens) and as AWS, on free ports of 127.0.0.1. */
export function serveWorld(_options: ServeWorldOptions): Promise<ServedWorld> {
  return Promise.reject(new Error("the world is not served yet"));
}
