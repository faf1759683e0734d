import { setMaxListeners } from "node:events";
import { abortRun } from "#executor/abort-run.ts";
import { runPlan } from "#executor/run-plan.ts";
import { createScaling } from "#gateway/aws/scaling.ts";
import { createCluster } from "#gateway/kubernetes/cluster.ts";
import { createLeases } from "#gateway/kubernetes/leases.ts";
import { MemoryRunStore } from "#gateway/local/memory-run-store.ts";
import type { ClusterPort, Host, LeasePort, RunStore, ScalingPort } from "#gateway/ports.ts";
import type { Plan } from "#model/plan.ts";
import type { RunEnd, RunEvent } from "#model/run.ts";
import { makePlan } from "#planner/make-plan.ts";
import { requiredAccess } from "#planner/required-access.ts";
import { instanceIdOf } from "#rules/instance-id.ts";
import { loadSpec } from "#schema/load-spec.ts";
import { sealPlan } from "#schema/seal-plan.ts";
import { macrotask } from "#test/world/support.ts";
import type { WorldClient } from "#world/drivers/client.ts";
import { VirtualDriver, type VirtualDriverOptions } from "#world/drivers/virtual-driver.ts";
import { Random } from "#world/random.ts";
import type { World } from "#world/world.ts";

// As the program does: one signal ends everything that a process waits for.
setMaxListeners(200);

/** One process of dextre: its ports on its own client of the world. */
export interface Process {
  readonly client: WorldClient;
  readonly cluster: ClusterPort;
  readonly leases: LeasePort;
  readonly scaling: ScalingPort;
  readonly host: Host;
  readonly stop: AbortController;
  readonly events: RunEvent[];
  /** Called with each event, for tests that act at a certain moment of a run. */
  onEvent: (event: RunEvent) => void;
}

/** A world in virtual time, the run folders that outlive every process, and the processes. */
export class Universe {
  readonly world: World;
  readonly driver: VirtualDriver;
  readonly store = new MemoryRunStore();
  readonly #random: Random;
  readonly #alive = new Set<number>();
  #pids = 100;

  constructor(world: World, seed: number, options: Partial<VirtualDriverOptions> = {}) {
    this.world = world;
    this.driver = new VirtualDriver({ world, seed, macrotask, ...options });
    this.#random = new Random(seed + 1);
  }

  start(hostName = "host-a"): Process {
    const pid = this.#pids++;
    this.#alive.add(pid);
    const client = this.driver.client(`dextre-${pid}`);
    const random = (): number => this.#random.fraction();
    const { clock } = client;
    const wires = { clock, random };
    return {
      client,
      cluster: createCluster({
        ...wires,
        wire: client.kubernetes,
        server: "https://embedded",
        caFingerprint: "",
      }),
      leases: createLeases({ ...wires, wire: client.kubernetes }),
      scaling: createScaling({ ...wires, wire: client.aws }),
      host: {
        name: hostName,
        pid,
        machine: hostName,
        nonce: String(pid),
        isProcessAlive: (other) => this.#alive.has(other),
      },
      stop: new AbortController(),
      events: [],
      onEvent: () => undefined,
    };
  }

  /** kill -9. */
  kill(process: Process, inFlight: "drop" | "apply" = "drop"): void {
    this.#alive.delete(process.host.pid);
    process.client.crash(inFlight);
  }

  async plan(process: Process, specText: string): Promise<Plan> {
    const loaded = loadSpec(specText, "spec.yaml");
    if (loaded.kind === "faulty") throw new Error(JSON.stringify(loaded.diagnostics));
    const { cluster, scaling, client } = process;
    const [identity, snapshot] = await Promise.all([cluster.identity(), cluster.readOnce()]);
    if (loaded.spec.replace.mode === "terminate") {
      const instances = [...snapshot.nodes()].map(instanceIdOf).filter((id) => id !== "");
      for (const group of await scaling.readGroupsOfInstances(instances)) snapshot.putGroup(group);
    }
    const answer = makePlan({ spec: loaded.spec, snapshot, cluster: identity });
    if (answer.kind === "refused") throw new Error(JSON.stringify(answer.diagnostics));
    const now = client.clock.now();
    return sealPlan(answer.content, {
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + 72 * 3_600_000).toISOString(),
      dextreVersion: "0.0.0-test",
      context: "embedded",
    });
  }

  /** store: that of another machine, where it is not this universe's own. */
  apply(
    process: Process,
    plan: Plan,
    mode: "apply" | "resume" = "apply",
    store: RunStore = this.store,
  ): Promise<RunEnd> {
    const { cluster, leases, scaling, client, host, stop, events } = process;
    return runPlan({
      plan,
      mode,
      approve: null,
      cluster,
      access: requiredAccess(plan.content.spec),
      leases,
      scaling: plan.content.spec.replace.mode === "terminate" ? scaling : null,
      store,
      clock: client.clock,
      host,
      newRunId: () => `run-${this.#random.hexadecimal(8)}`,
      dextreVersion: "0.0.0-test",
      emit: (event) => {
        events.push(event);
        process.onEvent(event);
      },
      stop: stop.signal,
    });
  }

  abort(process: Process, run: string): ReturnType<typeof abortRun> {
    const { cluster, leases, scaling, client, host, stop, events } = process;
    return abortRun({
      run,
      cluster,
      leases,
      scaling,
      store: this.store,
      clock: client.clock,
      host,
      emit: (event) => events.push(event),
      stop: stop.signal,
    });
  }

  get clusterUid(): string {
    return this.world.get("namespaces", undefined, "kube-system")?.metadata.uid ?? "";
  }
}
