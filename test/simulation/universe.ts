import { setMaxListeners } from "node:events";
import { type AbortEnd, abortRun } from "#executor/abort-run.ts";
import { runPlan } from "#executor/run-plan.ts";
import type { RunStore } from "#gateway/ports.ts";
import type { Plan } from "#model/plan.ts";
import type { RunEnd, RunEvent } from "#model/run.ts";
import { makePlan } from "#planner/make-plan.ts";
import { requiredAccess } from "#planner/required-access.ts";
import { instanceIdOf } from "#rules/instance-id.ts";
import { loadSpec } from "#schema/load-spec.ts";
import { sealPlan } from "#schema/seal-plan.ts";
import { VirtualDriver, type VirtualDriverOptions } from "#world/drivers/virtual-driver.ts";
import { Random } from "#world/random.ts";
import type { World, WorldRequest } from "#world/world.ts";
import type { DiskWatcher } from "./disk.ts";
import { DiskTrouble } from "./disk-trouble.ts";
import { FaultyAws } from "./faulty-aws.ts";
import { FaultyClock, Gate } from "./faulty-clock.ts";
import { FaultyKubernetes } from "./faulty-kubernetes.ts";
import type { Circumstances } from "./judge/court.ts";
import { Judge } from "./judge/judge.ts";
import { type Line, Network } from "./line.ts";
import { Machine } from "./machine.ts";
import { type Process, portsOn } from "./process.ts";
import { sentenceOf, sentenceOfEvent, Trace } from "./trace.ts";
import { type Rates, Weather } from "./weather.ts";

// As the program does: one signal ends everything that a process waits for.
setMaxListeners(200);

/** Every so many events Node looks whether a promise was rejected that nobody handles, and its loop turns. */
const EVENTS_PER_TURN = 16;

/** Settles when all that is ready has run, most times without a turn of Node's loop, which costs more than an event. */
function turns(): () => Promise<void> {
  let events = 0;
  return () => {
    events += 1;
    return new Promise<void>(events % EVENTS_PER_TURN === 0 ? setImmediate : process.nextTick);
  };
}

/** No run comes near it but by a loop that does not end. */
const MOST_REQUESTS = 300_000;
/** A view that follows as well as it can is as old as latencies make it, and a moment to notice. */
const CALM: Circumstances = { viewLagMs: 2_000, areClocksRight: true, isCloudCalm: false };

/** Looks on at every process, and may end one there: for crashes at a certain point. */
export interface Probe {
  onSend?(process: Process, request: WorldRequest): void;
  onAnswer?(process: Process, request: WorldRequest): void;
  /** Before a piece of a journal reaches the disk: how many of its bytes do. */
  onJournalWrite?(process: Process, bytes: number): number;
  /** It is written, not synced. */
  onJournalSync?(process: Process): void;
  /** It is durable. */
  onJournalDurable?(process: Process): void;
  /** Before an event is told to anybody. */
  onEvent?(process: Process, event: RunEvent): void;
}

export interface UniverseOptions extends Partial<VirtualDriverOptions> {
  /** Of faults; none by default. They begin with `weather.isStormy`. */
  readonly rates?: Rates;
  readonly clockRate?: number;
  /** Objects in a page of a list, at most. */
  readonly pageSize?: number | null;
  /** What the judge makes allowance for; by default nothing but latencies and other people. */
  readonly circumstances?: Partial<Circumstances>;
  /** By default all processes have the one machine, whatever their host is called. */
  readonly machineOf?: (host: string) => string;
}

/** A world in virtual time, the machines around it, the weather between them, the processes, and their judge. */
export class Universe {
  readonly world: World;
  readonly driver: VirtualDriver;
  readonly weather: Weather;
  readonly network = new Network();
  readonly judge: Judge;
  readonly trace: Trace;
  probe: Probe = {};
  /** Told when a process was killed before its own end. */
  onKill: (process: Process) => void = () => undefined;
  readonly #options: UniverseOptions;
  readonly #random: Random;
  /** By their pids. */
  readonly #alive = new Map<number, Process>();
  readonly #killed = new Set<Process>();
  readonly #machines = new Map<string, Machine>();
  readonly #duplicates = new WeakSet<object>();
  readonly #oldAnswers = new Map<string, unknown>();
  readonly #epoch: number;
  #pids = 100;
  // As real ids, they sort by time.
  #runs = 100;

  constructor(world: World, seed: number, options: UniverseOptions = {}) {
    this.world = world;
    this.#options = options;
    this.driver = new VirtualDriver({ world, seed, macrotask: turns(), ...options });
    this.#epoch = this.driver.now();
    this.#random = new Random(seed + 1);
    this.weather = new Weather(options.rates ?? {}, new Random(seed ^ 0x3c6ef372));
    const circumstances = { ...CALM, ...options.circumstances };
    this.judge = new Judge(world, circumstances, this.#duplicates);
    this.trace = new Trace(() => this.driver.now());
    this.weather.onFault = (kind, what) => this.trace.say(`fault ${kind}: ${what}`);
    this.#watchRequests();
  }

  #watchRequests(): void {
    let requests = 0;
    this.world.onRequest((logged) => {
      requests += 1;
      if (requests > MOST_REQUESTS) throw new Error(`more than ${MOST_REQUESTS} requests: something loops`);
      const sentence = sentenceOf(logged);
      if (sentence !== null) this.trace.say(sentence);
    });
  }

  machine(host: string): Machine {
    const name = this.#options.machineOf?.(host) ?? "";
    const known = this.#machines.get(name);
    if (known) return known;
    const isFirst = name === "" || name === "host-a";
    const made = new Machine(isFirst ? (this.#options.clockRate ?? 1) : 1);
    this.#machines.set(name, made);
    return made;
  }

  /** The run folders of the first machine, as a person looks at them. */
  get store(): RunStore {
    return this.machine("host-a").store();
  }

  start(hostName = "host-a"): Process {
    const pid = this.#pids++;
    const client = this.driver.client(`dextre-${pid}`);
    const machine = this.machine(hostName);
    const gate = new Gate();
    const clock = new FaultyClock(client.clock, machine.clock, gate, this.weather, this.#epoch);
    const line = this.#lineOf(() => made);
    const kubernetes = new FaultyKubernetes(client.kubernetes, line);
    const aws = new FaultyAws(client.aws, line);
    const random = (): number => this.#random.fraction();
    const made: Process = {
      name: client.name,
      client,
      machine,
      clock,
      gate,
      store: machine.store(this.#watcherOf(() => made)),
      ...portsOn({ kubernetes, aws, clock, random }),
      host: {
        name: hostName,
        pid,
        machine: hostName,
        nonce: String(pid),
        // Of another machine's processes it knows nothing.
        isProcessAlive: (other) => this.#alive.get(other)?.host.name === hostName,
      },
      stop: new AbortController(),
      events: [],
      onEvent: () => undefined,
    };
    this.#alive.set(pid, made);
    made.stop.signal.addEventListener("abort", () => this.judge.askedToStop(client.name), { once: true });
    this.judge.begin({ name: client.name, pid, plan: null });
    return made;
  }

  #lineOf(own: () => Process): Line {
    return {
      weather: this.weather,
      network: this.network,
      gate: () => own().gate,
      clock: () => own().client.clock,
      duplicates: this.#duplicates,
      pageSize: this.#options.pageSize ?? null,
      oldLists: new Map(),
      oldAnswers: this.#oldAnswers,
      onSend: (request) => {
        const process = own();
        if (process.client.isCrashed) return;
        this.judge.sent(process.name, request);
        this.probe.onSend?.(process, request);
      },
      onAnswer: (request) => {
        if (!own().client.isCrashed) this.probe.onAnswer?.(own(), request);
      },
    };
  }

  #watcherOf(own: () => Process): DiskWatcher {
    const trouble = this.#troubleOf(own);
    const isJournal = (path: string): boolean => path.endsWith("/journal.jsonl");
    return {
      isDead: () => trouble.isDead(),
      onWrite: (path, bytes) => {
        const taken = trouble.onWrite(path, bytes);
        return isJournal(path) ? (this.probe.onJournalWrite?.(own(), taken) ?? taken) : taken;
      },
      onSync: (path) => {
        trouble.onSync(path);
        if (isJournal(path)) this.probe.onJournalSync?.(own());
      },
      onDurable: (path, text, offset) => {
        trouble.onDurable(path, text, offset);
        if (isJournal(path)) this.probe.onJournalDurable?.(own());
      },
    };
  }

  #troubleOf(own: () => Process): DiskTrouble {
    return new DiskTrouble({
      weather: this.weather,
      isDead: () => own().client.isCrashed,
      die: (keptBytes) => this.crash(own(), "drop", keptBytes),
      onDurable: (path, text, offset) => {
        const run = /([^/]+)\/journal\.jsonl$/.exec(path)?.[1];
        if (run !== undefined) this.judge.durable(own().name, run, text, offset);
      },
    });
  }

  /** The end of a process, by itself or by kill -9. */
  kill(process: Process, inFlight: "drop" | "apply" = "drop"): void {
    this.#alive.delete(process.host.pid);
    this.judge.left(process.name);
    process.client.crash(inFlight);
  }

  /** kill -9 in the middle; a number: the power goes too, and so many bytes of what was not synced are kept. */
  crash(process: Process, inFlight: "drop" | "apply", keptBytes: number | null = null): void {
    if (process.client.isCrashed) return;
    this.#killed.add(process);
    this.kill(process, inFlight);
    if (keptBytes !== null) process.machine.disk.losePower(keptBytes);
    this.trace.say(`${process.name} is killed${keptBytes === null ? "" : ", with the power of its machine"}`);
    this.onKill(process);
  }

  /** kill -9 to every process of a host. */
  crashAll(hostName: string): void {
    for (const process of [...this.#alive.values()])
      if (process.host.name === hostName) this.crash(process, "apply");
  }

  /** Told apart from one that came to its own end. */
  wasKilled(process: Process): boolean {
    return this.#killed.has(process);
  }

  /** @throws Error where the spec is refused */
  async plan(process: Process, specText: string): Promise<Plan> {
    const loaded = loadSpec(specText, "spec.yaml");
    if (loaded.kind === "faulty") throw new Error(JSON.stringify(loaded.diagnostics));
    const { cluster, scaling, clock } = process;
    const [identity, snapshot] = await Promise.all([cluster.identity(), cluster.readOnce()]);
    if (loaded.spec.replace.mode === "terminate") {
      const instances = [...snapshot.nodes()].map(instanceIdOf).filter((id) => id !== "");
      for (const group of await scaling.readGroupsOfInstances(instances)) snapshot.putGroup(group);
    }
    const answer = makePlan({ spec: loaded.spec, snapshot, cluster: identity });
    if (answer.kind === "refused") throw new Error(JSON.stringify(answer.diagnostics));
    const now = clock.now();
    return sealPlan(answer.content, {
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + 72 * 3_600_000).toISOString(),
      dextreVersion: "0.0.0-test",
      context: "embedded",
    });
  }

  /** store: that of another machine, where it is not the process's own. */
  async apply(
    process: Process,
    plan: Plan,
    mode: "apply" | "resume" = "apply",
    store: RunStore = process.store,
  ): Promise<RunEnd> {
    const { cluster, leases, scaling, clock, host, stop } = process;
    this.judge.begin({ name: process.name, pid: host.pid, plan });
    const end = await runPlan({
      plan,
      mode,
      approve: null,
      cluster,
      access: requiredAccess(plan.content.spec),
      leases,
      scaling: plan.content.spec.replace.mode === "terminate" ? scaling : null,
      store,
      clock,
      host,
      newRunId: () => `run-${this.#runs++}-${this.#random.hexadecimal(6)}`,
      dextreVersion: "0.0.0-test",
      emit: (event) => this.#told(process, event),
      stop: stop.signal,
    });
    this.#ended(process, end);
    return end;
  }

  async abort(process: Process, run: string): Promise<AbortEnd> {
    const { cluster, leases, scaling, clock, store, host, stop } = process;
    const emit = (event: RunEvent): void => this.#told(process, event);
    const options = { run, cluster, leases, scaling, store, clock, host, emit, stop: stop.signal };
    const end = await abortRun(options);
    this.#ended(process, end);
    return end;
  }

  #told(process: Process, event: RunEvent): void {
    if (process.client.isCrashed) return;
    this.probe.onEvent?.(process, event);
    if (process.client.isCrashed) return;
    process.events.push(event);
    this.trace.say(sentenceOfEvent(process.name, event));
    this.judge.told(process.name, event);
    process.onEvent(event);
  }

  #ended(process: Process, end: RunEnd): void {
    if (process.client.isCrashed) return;
    this.trace.say(`${process.name} ends: ${end.exit} ${end.code} ${end.message}`);
    this.judge.ended(process.name, end);
  }

  get clusterUid(): string {
    return this.world.get("namespaces", undefined, "kube-system")?.metadata.uid ?? "";
  }
}
