import { AwsError, type KubernetesRequest } from "#gateway/wire.ts";
import { Agenda } from "./agenda.ts";
import type { InputOf, OutputOf, WorldAwsAction } from "./aws/actions.ts";
import { answerAwsCall } from "./aws/calls.ts";
import { Fleet } from "./aws/fleet.ts";
import { CloudNodes } from "./cloud-nodes.ts";
import { freezeJson } from "./json.ts";
import type { Identity } from "./kubernetes/access-policy.ts";
import { runAggregatedRoles } from "./kubernetes/aggregated-roles.ts";
import { ApiServer } from "./kubernetes/api-server.ts";
import { runBudgets, wakeAllBudgets } from "./kubernetes/budgets.ts";
import { runClaims } from "./kubernetes/claiming.ts";
import type { Affliction, Cluster, ControllerName, Denial } from "./kubernetes/cluster.ts";
import { runDaemonSets } from "./kubernetes/daemon-sets.ts";
import { runDeployments } from "./kubernetes/deployments.ts";
import type { LogEntry } from "./kubernetes/event-log.ts";
import { ClusterEvents } from "./kubernetes/events.ts";
import { runGarbageCollection } from "./kubernetes/garbage.ts";
import { runLeases } from "./kubernetes/heartbeats.ts";
import { JobController } from "./kubernetes/jobs.ts";
import type { KindTypes, Plural } from "./kubernetes/kind-types.ts";
import { kindList } from "./kubernetes/kinds.ts";
import { watchPodsAsKubelets } from "./kubernetes/kubelet.ts";
import { runNodes } from "./kubernetes/nodes.ts";
import type { EventRecorder } from "./kubernetes/notice.ts";
import { runRefusals } from "./kubernetes/pod-refusals.ts";
import type { Pod } from "./kubernetes/pod-types.ts";
import { runReplicaSets, wakeReplicaSet } from "./kubernetes/replica-sets.ts";
import { Scheduler } from "./kubernetes/scheduler.ts";
import { identityOfToken } from "./kubernetes/service-account-tokens.ts";
import { runStatefulSets, wakeStatefulSet } from "./kubernetes/stateful-sets.ts";
import type { ServerAnswer } from "./kubernetes/status.ts";
import { newStores } from "./kubernetes/stores.ts";
import { runTaintEvictions } from "./kubernetes/taint-evictions.ts";
import { runVolumes } from "./kubernetes/volumes.ts";
import type { WatchOpening } from "./kubernetes/watching.ts";
import { Random } from "./random.ts";
import { defaultTimings, type Timings } from "./timings.ts";

export type WorldRequest =
  | { readonly kind: "kubernetes"; readonly request: KubernetesRequest }
  | { readonly kind: "aws"; readonly action: WorldAwsAction; readonly input: InputOf<WorldAwsAction> };

export type WorldAnswer =
  | { readonly kind: "kubernetes"; readonly answer: ServerAnswer }
  | { readonly kind: "aws"; readonly output: OutputOf<WorldAwsAction> }
  | { readonly kind: "awsError"; readonly error: AwsError };

/** One line of the servers' log. `client` is who sent it; a watch is logged when it opens. */
export interface LoggedRequest {
  readonly client: string;
  /** When the server applied it, ms since epoch. */
  readonly time: number;
  readonly request: WorldRequest;
  readonly answer: WorldAnswer;
}

/** A change of one object, of any kind. */
export type WorldChange = LogEntry & { readonly plural: Plural };

export interface WorldOptions {
  readonly seed: number;
  /** ms since epoch. */
  readonly now: number;
  readonly region?: string;
  readonly account?: string;
  readonly timings?: Partial<Timings>;
  /** False: nothing writes core/v1 Events, which only people read. */
  readonly events?: boolean;
}

/**
 * A cluster and its cloud, in memory. Time is given from outside: `advance(now)` runs everything due,
 * `nextAt()` tells when the next thing is; the same seed and the same calls give the same world.
 * All times are ms since epoch.
 */
export class World {
  readonly cluster: Cluster;
  readonly fleet: Fleet;
  readonly cloudNodes: CloudNodes;
  private readonly agenda: Agenda;
  private readonly api: ApiServer;
  private readonly scheduler: Scheduler;
  private readonly recorder: EventRecorder | undefined;
  private readonly requestListeners: ((logged: LoggedRequest) => void)[] = [];
  private readonly arrivalListeners: (() => void)[] = [];
  private readonly afflictions: {
    readonly matches: (pod: Pod) => boolean;
    readonly affliction: Affliction;
  }[] = [];

  constructor(options: WorldOptions) {
    const agenda = new Agenda(options.now);
    const random = new Random(options.seed);
    const timings = { ...defaultTimings, ...options.timings };
    const counter = { version: 1000, now: () => agenda.now };
    const held = new Set<ControllerName>();
    const denials: Denial[] = [];
    this.agenda = agenda;
    this.cluster = {
      agenda,
      random,
      counter,
      stores: newStores(counter),
      timings,
      deadKubelets: new Set<string>(),
      held,
      denials,
      tokens: new Map(),
      newToken: () => random.hexadecimal(48),
      afflictionOf: (pod) => this.afflictions.findLast((one) => one.matches(pod))?.affliction,
    };
    this.recorder = options.events === false ? undefined : new ClusterEvents(this.cluster);
    this.cluster.recorder = this.recorder;
    this.cloudNodes = new CloudNodes(this.cluster);
    this.fleet = new Fleet({
      region: options.region ?? "eu-west-1",
      account: options.account ?? "123456789012",
      agenda,
      random,
      timings,
      listener: this.cloudNodes,
    });
    this.fleet.isHeld = () => held.has("launches");
    this.cloudNodes.instancesById = this.fleet.instances;
    this.api = new ApiServer(this.cluster);
    this.scheduler = this.startControllers();
  }

  private startControllers(): Scheduler {
    const { cluster } = this;
    runVolumes(cluster);
    runClaims(cluster);
    runRefusals(cluster);
    runDeployments(cluster);
    runReplicaSets(cluster);
    runStatefulSets(cluster);
    runDaemonSets(cluster);
    new JobController(cluster);
    runBudgets(cluster);
    watchPodsAsKubelets(cluster);
    runNodes(cluster);
    runLeases(cluster);
    runTaintEvictions(cluster);
    runGarbageCollection(cluster);
    runAggregatedRoles(cluster);
    return new Scheduler(cluster);
  }

  get now(): number {
    return this.agenda.now;
  }

  /** When the world next does something by itself; undefined: never. */
  nextAt(): number | undefined {
    return this.agenda.nextAt();
  }

  /** Runs everything due up to now. Going back in time does nothing. */
  advance(now: number): void {
    this.agenda.advance(now);
  }

  /**
   * Applies one request at this time. AWS errors are answers too. Kubernetes requests with an identity may do
   * what the stored roles give it; without one they come from this process and meet only the scenario's denials.
   */
  handle(now: number, request: WorldRequest, client = "unnamed", identity?: Identity): WorldAnswer {
    this.advance(now);
    for (const listener of this.arrivalListeners) listener();
    const answer = this.answer(request, identity);
    this.logRequest({ client, time: this.now, request, answer });
    return answer;
  }

  /** Who a bearer token stands for; undefined: nobody, which a server answers with 401. */
  identityOf(token: string): Identity | undefined {
    return identityOfToken(this.cluster, token);
  }

  private answer(request: WorldRequest, identity: Identity | undefined): WorldAnswer {
    if (request.kind === "kubernetes")
      return { kind: "kubernetes", answer: this.api.handle(request.request, identity) };
    try {
      return { kind: "aws", output: freezeJson(answerAwsCall(this.fleet, request.action, request.input)) };
    } catch (error) {
      if (error instanceof AwsError) return { kind: "awsError", error };
      throw error;
    }
  }

  /** Opens a watch: a cursor into the kind's log, or the answer that refuses it. */
  openWatch(now: number, request: KubernetesRequest, client = "unnamed", identity?: Identity): WatchOpening {
    this.advance(now);
    const opening = this.api.openWatch(request, identity);
    const answer =
      opening.kind === "refused" ? opening.answer : { status: 200, headers: {}, body: undefined };
    const logged = {
      client,
      time: this.now,
      request: { kind: "kubernetes", request },
      answer: { kind: "kubernetes", answer },
    } as const;
    this.logRequest(logged);
    return opening;
  }

  /** The servers' log: called with every request that was applied, and its answer. */
  onRequest(listener: (logged: LoggedRequest) => void): void {
    this.requestListeners.push(listener);
  }

  /** Called before a request is applied: what changes from then on until it is logged is its work. */
  onArrival(listener: () => void): void {
    this.arrivalListeners.push(listener);
  }

  logRequest(logged: LoggedRequest): void {
    for (const listener of this.requestListeners) listener(logged);
  }

  /** An omniscient watch: called with every change of every object, at once. */
  onChange(listener: (change: WorldChange) => void): void {
    for (const { plural } of kindList) this.observe(plural, listener);
  }

  private observe(plural: Plural, listener: (change: WorldChange) => void): void {
    this.cluster.stores[plural].log.observe((entry: LogEntry) => listener({ ...entry, plural }));
  }

  /** The truth: all objects of a kind, in the order of namespace and name. */
  list<P extends Plural>(plural: P): readonly KindTypes[P][] {
    return this.cluster.stores[plural].all() as readonly KindTypes[P][];
  }

  /** The truth about one object; the namespace of cluster-wide kinds is undefined. */
  get<P extends Plural>(plural: P, namespace: string | undefined, name: string): KindTypes[P] | undefined {
    return this.cluster.stores[plural].get(namespace, name) as KindTypes[P] | undefined;
  }

  /** Forgets history: watches from before now get 410, open ones an ERROR event, pages expire. */
  compact(): void {
    const { version } = this.cluster.counter;
    for (const { plural } of kindList) this.cluster.stores[plural].log.compact(version);
    this.api.lister.expirePages();
  }

  /**
   * While a world is made nothing is kept for watches, which there must be none of, pods are Ready at once,
   * and there are no Events: a real cluster has forgotten them after an hour.
   */
  making(isMaking: boolean): void {
    this.cluster.recorder = isMaking ? undefined : this.recorder;
    for (const { plural } of kindList) this.cluster.stores[plural].log.keep(!isMaking);
    this.cluster.stores.pods.onArrival = isMaking ? (pod) => this.scheduler.settle(pod) : undefined;
  }

  /** Holds a controller still, or lets it go on: it then looks at everything again. */
  hold(controller: ControllerName, held = true): void {
    if (held) this.cluster.held.add(controller);
    else if (this.cluster.held.delete(controller)) this.resume(controller);
  }

  private resume(controller: ControllerName): void {
    const { cluster } = this;
    const { replicasets, statefulsets } = cluster.stores;
    switch (controller) {
      case "scheduler":
        this.scheduler.retrySoon();
        break;
      case "budgets":
        wakeAllBudgets(cluster);
        break;
      case "replicasets":
        for (const { metadata } of replicasets.all()) wakeReplicaSet(cluster, metadata.uid);
        break;
      case "statefulsets":
        for (const { metadata } of statefulsets.all()) wakeStatefulSet(cluster, metadata.uid);
        break;
      case "launches":
        for (const group of this.fleet.groups.values()) this.fleet.reconcileSoon(group);
        break;
    }
  }

  /** Lays something wrong on every pod, present or future, that matches, from its next step on. */
  afflict(affliction: Affliction, matches: (pod: Pod) => boolean): void {
    this.afflictions.push({ affliction, matches });
  }

  /** Takes every affliction away. What hung goes on only where something wakes it: see Actors.heal. */
  clearAfflictions(): void {
    this.afflictions.length = 0;
  }
}
