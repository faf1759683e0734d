import { createCluster } from "#gateway/kubernetes/cluster.ts";
import { createLeases } from "#gateway/kubernetes/leases.ts";
import type { ClusterPort, LeasePort, LiveSnapshot } from "#gateway/ports.ts";
import type { KubernetesRequest, KubernetesResponse, KubernetesWire } from "#gateway/wire.ts";
import { driverOf, smallWorld } from "#test/world/support.ts";
import { Actors } from "#world/actors.ts";
import type { WorldClient } from "#world/drivers/client.ts";
import type { Fault } from "#world/drivers/fault.ts";
import type { VirtualDriver } from "#world/drivers/virtual-driver.ts";
import type { World } from "#world/world.ts";

export interface Stage {
  readonly world: World;
  readonly driver: VirtualDriver;
  readonly actors: Actors;
  readonly client: WorldClient;
  readonly cluster: ClusterPort;
  readonly leases: LeasePort;
  /** Every request that the wire was asked to send, watches too, in order. */
  readonly sent: KubernetesRequest[];
  /** What goes wrong with a request; undefined: nothing. May be set at any time. */
  fault: (request: KubernetesRequest) => Fault | undefined;
  /** Runs in virtual time until it settles. */
  run<T>(main: () => Promise<T>): Promise<T>;
}

export type WireChange = (wire: KubernetesWire) => KubernetesWire;

/** The gateway on the embedded world's `small`, in virtual time; `change` puts a liar before the wire. */
export function aStage(change: WireChange = (wire) => wire): Stage {
  const world = smallWorld();
  const sent: KubernetesRequest[] = [];
  const driver = driverOf(world, {
    faults: (name, _time, request) => {
      if (name !== "dextre" || request.kind !== "kubernetes") return undefined;
      sent.push(request.request);
      return stage.fault(request.request);
    },
  });
  const client = driver.client("dextre");
  const wire = change(client.kubernetes);
  const options = { wire, clock: client.clock, random: () => 0.5 };
  const stage: Stage = {
    world,
    driver,
    actors: new Actors(world),
    client,
    cluster: createCluster({ ...options, server: "https://world", caFingerprint: "" }),
    leases: createLeases(options),
    sent,
    fault: () => undefined,
    run: (main) => driver.run(main, { limitMs: 3_600_000 }),
  };
  return stage;
}

/** Follows the cluster for as long as `main` takes. */
export async function following<T>(stage: Stage, main: (live: LiveSnapshot) => Promise<T>): Promise<T> {
  return stage.run(async () => {
    const live = await stage.cluster.follow(new AbortController().signal);
    try {
      return await main(live);
    } finally {
      live.close();
    }
  });
}

export function answer(status: number, body: unknown = {}, headers: Record<string, string> = {}): Fault {
  return { kind: "answer", response: { status, headers, body } };
}

export function status(code: number, reason: string, message: string, details: object = {}): object {
  return { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message, details };
}

export const isWatch = (request: KubernetesRequest): boolean => request.query?.watch === "true";

/** The first so many matching requests get this fault. */
export function firstTimes(
  count: number,
  matches: (request: KubernetesRequest) => boolean,
  fault: Fault,
): (request: KubernetesRequest) => Fault | undefined {
  let left = count;
  return (request) => {
    if (left === 0 || !matches(request)) return undefined;
    left--;
    return fault;
  };
}

export const neverAborted = (): AbortSignal => new AbortController().signal;

export function response(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): KubernetesResponse {
  return { status, body, headers };
}
