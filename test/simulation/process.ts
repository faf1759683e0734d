import { createScaling } from "#gateway/aws/scaling.ts";
import { createCluster } from "#gateway/kubernetes/cluster.ts";
import { createLeases } from "#gateway/kubernetes/leases.ts";
import type { ClusterPort, Host, LeasePort, RunStore, ScalingPort } from "#gateway/ports.ts";
import type { AwsWire, KubernetesWire } from "#gateway/wire.ts";
import type { RunEvent } from "#model/run.ts";
import type { WorldClient } from "#world/drivers/client.ts";
import type { FaultyClock, Gate } from "./faulty-clock.ts";
import type { Machine } from "./machine.ts";

/** One process of dextre: its ports on its own client of the world. */
export interface Process {
  /** Of its client: "dextre-101". */
  readonly name: string;
  readonly client: WorldClient;
  readonly machine: Machine;
  readonly clock: FaultyClock;
  readonly gate: Gate;
  readonly store: RunStore;
  readonly cluster: ClusterPort;
  readonly leases: LeasePort;
  readonly scaling: ScalingPort;
  readonly host: Host;
  readonly stop: AbortController;
  readonly events: RunEvent[];
  /** Called with each event, for tests that act at a certain moment of a run. */
  onEvent: (event: RunEvent) => void;
}

export interface Equipment {
  readonly kubernetes: KubernetesWire;
  readonly aws: AwsWire;
  readonly clock: FaultyClock;
  readonly random: () => number;
}

/** The gateway on a process's wires. */
export function portsOn({
  kubernetes,
  aws,
  clock,
  random,
}: Equipment): Pick<Process, "cluster" | "leases" | "scaling"> {
  const wires = { clock, random };
  const server = { server: "https://embedded", caFingerprint: "" };
  return {
    cluster: createCluster({ ...wires, ...server, wire: kubernetes }),
    leases: createLeases({ ...wires, wire: kubernetes }),
    scaling: createScaling({ ...wires, wire: aws }),
  };
}
