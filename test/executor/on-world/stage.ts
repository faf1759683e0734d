import type { AbortEnd } from "#executor/abort-run.ts";
import type { Plan } from "#model/plan.ts";
import type { RunEnd, RunEvent, RunRecord, WaitReason } from "#model/run.ts";
import type { Judge } from "#test/simulation/judge/judge.ts";
import type { Process } from "#test/simulation/process.ts";
import { Universe, type UniverseOptions } from "#test/simulation/universe.ts";
import { loadScenario, startTime } from "#test/world/support.ts";
import { Actors } from "#world/actors.ts";
import { buildWorld } from "#world/build-world.ts";
import type { Fault } from "#world/drivers/fault.ts";
import type { VirtualDriverOptions } from "#world/drivers/virtual-driver.ts";
import type { Node } from "#world/kubernetes/node-types.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { Scenario, ScenarioWorkload } from "#world/scenario.ts";
import type { LoggedRequest, World, WorldRequest } from "#world/world.ts";

export interface Told {
  readonly end: RunEnd;
  readonly process: Process;
}

type FaultOf = (request: WorldRequest, client: string, time: number) => Fault | undefined;

/** The small scenario with other workloads, one dextre, other people, and what all of them did. */
export class Stage {
  readonly world: World;
  readonly universe: Universe;
  readonly actors: Actors;
  readonly log: Judge;
  /** What dextre sent since the last plan, and the servers applied. */
  readonly sent: LoggedRequest[] = [];
  fault: FaultOf = () => undefined;
  #applying: Process | null = null;

  constructor(
    change: Partial<Scenario> = {},
    {
      seed = 1,
      ...options
    }: Partial<VirtualDriverOptions> & Pick<UniverseOptions, "machineOf"> & { readonly seed?: number } = {},
  ) {
    this.world = buildWorld({ ...loadScenario("small"), ...change }, { seed, now: startTime });
    this.universe = new Universe(this.world, seed, {
      faults: (client, time, request) => this.fault(request, client, time),
      ...options,
    });
    this.actors = new Actors(this.world);
    this.log = this.universe.judge;
    this.world.onRequest((logged) => {
      if (logged.client.startsWith("dextre")) this.sent.push(logged);
    });
  }

  run<T>(main: () => Promise<T>): Promise<T> {
    return this.universe.driver.run(main);
  }

  /** Every watch of the process that applies now breaks. */
  breakWatches(): void {
    this.#applying?.client.breakWatches();
  }

  async plan(spec: string): Promise<Plan> {
    const plan = await this.universe.plan(this.universe.start("planner"), spec);
    this.sent.length = 0;
    return plan;
  }

  async apply(
    plan: Plan,
    options: {
      readonly host?: string;
      readonly mode?: "apply" | "resume";
      readonly onEvent?: (event: RunEvent, process: Process) => void;
    } = {},
  ): Promise<Told> {
    const process = this.universe.start(options.host);
    this.#applying = process;
    process.onEvent = (event) => options.onEvent?.(event, process);
    const end = await this.universe.apply(process, plan, options.mode);
    this.universe.kill(process);
    return { end, process };
  }

  async abort(run: string, host?: string): Promise<AbortEnd> {
    const process = this.universe.start(host);
    const end = await this.universe.abort(process, run);
    this.universe.kill(process);
    return end;
  }

  /** Applies until a kill -9 at that moment: the promise of the process itself never settles. */
  applyUntilKilled(
    plan: Plan,
    isMoment: (event: RunEvent) => boolean,
    inFlight: "drop" | "apply" = "drop",
  ): Promise<Process> {
    const process = this.universe.start();
    return new Promise((resolve, reject) => {
      process.onEvent = (event) => {
        if (process.client.isCrashed || !isMoment(event)) return;
        this.universe.kill(process, inFlight);
        this.universe.driver.at(this.universe.driver.now() + 50, () => resolve(process));
      };
      this.universe
        .apply(process, plan)
        .then((end) => reject(new Error(`ended before the kill: ${JSON.stringify(end)}`)), reject);
    });
  }

  wait(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.universe.driver.at(this.universe.driver.now() + seconds * 1000, resolve);
    });
  }

  /** Lets something be done in so many seconds. */
  in(seconds: number, act: () => void): void {
    this.universe.driver.at(this.universe.driver.now() + seconds * 1000, act);
  }

  /** The newest run's records. */
  async records(): Promise<readonly RunRecord[]> {
    const runs = [...(await this.universe.store.read(this.universe.clusterUid)).runs];
    const begun = (run: (typeof runs)[number]): string => run.entries[0]?.at ?? "";
    return (
      runs
        .sort((one, other) => (begun(one) < begun(other) ? -1 : 1))
        .at(-1)
        ?.entries.map((entry) => entry.record) ?? []
    );
  }

  async results(): Promise<ReadonlyMap<string, Extract<RunRecord, { kind: "StepResult" }>>> {
    const found = (await this.records()).filter((record) => record.kind === "StepResult");
    return new Map(found.map((record) => [record.step, record]));
  }

  /** Evictions that the server accepted, as "namespace/name". */
  get evicted(): readonly string[] {
    return this.sent.flatMap(({ request, answer }) => {
      if (request.kind !== "kubernetes" || answer.kind !== "kubernetes") return [];
      const found = /namespaces\/([^/]+)\/pods\/([^/]+)\/eviction$/.exec(request.request.path);
      return found && answer.answer.status === 201 ? [`${found[1]}/${found[2]}`] : [];
    });
  }

  get evictionRequests(): readonly LoggedRequest[] {
    return this.sent.filter(({ request }) => isEviction(request));
  }

  get terminated(): readonly string[] {
    return this.sent.flatMap(({ request }) =>
      request.kind === "aws" && request.action === "TerminateInstanceInAutoScalingGroup"
        ? [(request.input as { readonly InstanceId: string }).InstanceId]
        : [],
    );
  }

  get cordonRequests(): readonly string[] {
    return this.sent.flatMap(({ request }) =>
      request.kind === "kubernetes" && request.request.method === "PATCH" ? [request.request.path] : [],
    );
  }

  /** Of `cordonRequests` those that took effect: one that meets a heartbeat is refused and sent anew. */
  get cordonChanges(): readonly string[] {
    return this.sent.flatMap(({ request, answer }) => {
      if (request.kind !== "kubernetes" || request.request.method !== "PATCH") return [];
      return answer.kind === "kubernetes" && answer.answer.status === 200 ? [request.request.path] : [];
    });
  }

  get awsCalls(): number {
    return this.sent.filter(({ request }) => request.kind === "aws").length;
  }

  /** Names of the workers, by name. */
  get workers(): readonly string[] {
    return this.world
      .list("nodes")
      .filter((node) => node.metadata.labels?.["node-role.kubernetes.io/node"] !== undefined)
      .map((node) => node.metadata.name)
      .sort();
  }

  node(name: string): Node | undefined {
    return this.world.get("nodes", undefined, name);
  }

  isCordoned(name: string): boolean {
    return this.node(name)?.spec.unschedulable === true;
  }

  /** As somebody with every right does it. */
  annotate(node: string, annotations: Readonly<Record<string, string>>): void {
    this.actors.request("PATCH", `/api/v1/nodes/${node}`, { metadata: { annotations } });
  }

  /** Keys of the node's annotations that dextre writes. */
  marks(name: string): readonly string[] {
    return Object.keys(this.node(name)?.metadata.annotations ?? {}).filter(
      (key) => key.startsWith("dextre.dev/") || key.startsWith("cluster-autoscaler"),
    );
  }

  podsOn(node: string): readonly Pod[] {
    return this.world.list("pods").filter((pod) => pod.spec.nodeName === node);
  }

  podsOf(app: string): readonly Pod[] {
    return this.world.list("pods").filter((pod) => pod.metadata.labels?.app === app);
  }

  instanceOf(node: string): string {
    return this.node(node)?.spec.providerID?.split("/").at(-1) ?? "";
  }

  async lease(): Promise<{ readonly holder: string; readonly runs: string }> {
    const lease = await this.universe.start("observer").leases.read();
    return { holder: lease?.holder ?? "", runs: lease?.annotations["dextre.dev/runs"] ?? "[]" };
  }

  /** A bare pod bound straight to a node, past the scheduler. */
  bind(node: string, name: string, extra: Readonly<Record<string, unknown>> = {}): void {
    this.actors.request("POST", "/api/v1/namespaces/default/pods", {
      metadata: { name, labels: { app: name } },
      spec: { nodeName: node, containers: [{ name: "c", image: "example/bare:1" }], ...extra },
    });
  }
}

export const isEviction = (request: WorldRequest): boolean =>
  request.kind === "kubernetes" && request.request.path.endsWith("/eviction");

export const isTerminate = (request: WorldRequest): boolean =>
  request.kind === "aws" && request.action === "TerminateInstanceInAutoScalingGroup";

export const waitsOf = (process: Process): readonly WaitReason[] =>
  process.events.flatMap((event) => (event.kind === "StepWaiting" ? [event.reason] : []));

export const noticesOf = (process: Process): readonly string[] =>
  process.events.flatMap((event) => (event.kind === "Notice" ? [event.code] : []));

/** Is this the record of a step of that kind ("cordon", "evict", …) with that outcome? */
export function isResult(event: RunEvent, verb: string, outcome?: string): boolean {
  if (event.kind !== "Recorded" || event.entry.record.kind !== "StepResult") return false;
  const { record } = event.entry;
  return new RegExp(`(^|/)${verb}(/|$)`).test(record.step) && (outcome ?? record.outcome) === record.outcome;
}

/** Calls back once, at the first event that is so. */
export function once(
  isMoment: (event: RunEvent) => boolean,
  act: (event: RunEvent, process: Process) => void,
): (event: RunEvent, process: Process) => void {
  let isDone = false;
  return (event, process) => {
    if (isDone || !isMoment(event)) return;
    isDone = true;
    act(event, process);
  };
}

/** A spec with these targets; `rest` is more of it, indented by two. */
export function specOf(targets: string, rest = ""): string {
  return `apiVersion: dextre.dev/v1alpha1
kind: Upgrade
metadata: {name: staged}
spec:
  targets:
    - ${targets}
  order: {nodes: [name]}
${rest}`;
}

export const DRAIN_ONLY = "  replace: {mode: none}\n";

export function aDeployment(
  name: string,
  replicas: number,
  more: Partial<ScenarioWorkload> = {},
): ScenarioWorkload {
  return { kind: "Deployment", name, replicas, ready: "1s", stop: "1s", requests: { cpu: "100m" }, ...more };
}

/** Ready, by the server's truth; a terminating pod may be. */
export function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some((one) => one.type === "Ready" && one.status === "True") ?? false;
}
