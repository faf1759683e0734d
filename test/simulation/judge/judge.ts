import type { RunEnd, RunEvent } from "#model/run.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { LoggedRequest, World, WorldChange, WorldRequest } from "#world/world.ts";
import { CapacityRule } from "./capacity-rule.ts";
import type { Circumstances, Court, Rule, Suspect } from "./court.ts";
import { EvictionRule } from "./evictions.ts";
import { InstanceRule } from "./instances.ts";
import { JobRule } from "./job-rule.ts";
import { JournalTruth } from "./journals.ts";
import { LockRule } from "./lock-rule.ts";
import { NodeRule } from "./node-rule.ts";
import { OrderRule } from "./order-rule.ts";
import { CANARY, OutputRule } from "./output-rule.ts";
import { ProgressRule } from "./progress-rule.ts";
import { ScopeRule } from "./scope-rule.ts";
import { WriteAheadRule } from "./write-ahead.ts";

/**
 * Judges every process by the servers' own truth at the moment of each event. It knows none of
 * dextre's rules: only what must never happen.
 */
export class Judge implements Court {
  readonly world: World;
  readonly circumstances: Circumstances;
  readonly violations: string[] = [];
  /** Told of each violation. */
  onReport: (violation: string) => void = () => undefined;
  readonly journals = new Map<string, JournalTruth>();
  readonly evictions: EvictionRule;
  readonly instances: InstanceRule;
  readonly #suspects = new Map<string, Suspect>();
  readonly #duplicates: WeakSet<object>;
  readonly #nodes: NodeRule;
  readonly #rules: readonly Rule[];
  readonly #gone = new Set<string>();
  readonly #over = new Set<string>();
  readonly #stopAskedAt = new Map<string, number>();
  newestViewAt = 0;
  /** The newest process, while it has no record yet. */
  #newest: string | null = null;
  #turned: string[] = [];

  constructor(world: World, circumstances: Circumstances, duplicates: WeakSet<object> = new WeakSet()) {
    this.world = world;
    this.circumstances = circumstances;
    this.#duplicates = duplicates;
    this.evictions = new EvictionRule(this);
    this.instances = new InstanceRule(this);
    this.#nodes = new NodeRule(this);
    this.#rules = [
      this.evictions,
      this.instances,
      new OrderRule(this, (isOne) => this.evictions.believedToServe(isOne)),
      new WriteAheadRule(this),
      this.#nodes,
      new CapacityRule(this),
      new ScopeRule(this),
      new JobRule(this),
      new LockRule(this),
      new ProgressRule(this),
      new OutputRule(this),
    ];
    world.onChange((change) => this.#changed(change));
    world.onRequest((logged) => this.#applied(logged));
  }

  suspect(client: string): Suspect | undefined {
    return this.#suspects.get(client);
  }

  isOver(client: string): boolean {
    return this.#over.has(client);
  }

  stopAskedAt(client: string): number | undefined {
    return this.#stopAskedAt.get(client);
  }

  askedToStop(client: string): void {
    this.#stopAskedAt.set(client, this.world.now);
  }

  /** Nothing more is sent by it; what is on its way still arrives. */
  left(client: string): void {
    this.#over.add(client);
  }

  isGone(run: string): boolean {
    return this.#gone.has(run);
  }

  /** Every journal so far is lost. */
  loseJournals(): void {
    for (const run of this.journals.keys()) this.#gone.add(run);
  }

  /** Is it somebody else who has this node cordoned? By its UID. */
  isForeignCordon(node: string): boolean {
    return this.#nodes.isForeign(node);
  }

  /** What others tell the autoscaler of a node, by its UID. */
  wordToAutoscaler(node: string): string | undefined {
    return this.#nodes.wordToAutoscaler(node);
  }

  isDuplicate(request: object): boolean {
    return this.#duplicates.has(request);
  }

  report(invariant: string, sentence: string): void {
    const violation = `${invariant} ${new Date(this.world.now).toISOString()} ${sentence}`;
    this.violations.push(violation);
    this.onReport(violation);
  }

  begin(suspect: Omit<Suspect, "journal" | "begunAt">): void {
    this.newestViewAt = this.world.now;
    this.#newest = suspect.name;
    this.#suspects.set(suspect.name, {
      ...suspect,
      begunAt: this.#suspects.get(suspect.name)?.begunAt ?? this.world.now,
      journal: this.#suspects.get(suspect.name)?.journal ?? null,
    });
  }

  durable(client: string, run: string, text: string, offset: number): void {
    const journal = this.journals.get(run) ?? new JournalTruth(run);
    this.journals.set(run, journal);
    const suspect = this.#suspects.get(client);
    if (suspect) suspect.journal = journal;
    if (client === this.#newest) {
      this.newestViewAt = this.world.now;
      this.#newest = null;
    }
    journal.firstAt ??= this.world.now;
    const before = journal.fault;
    journal.add(text, offset);
    if (journal.fault !== null && before === null) this.report("I15", `run ${run}: ${journal.fault}`);
    if (text.includes(CANARY)) this.report("I14", `${client} writes a secret into the journal of ${run}`);
  }

  sent(client: string, request: WorldRequest): void {
    const suspect = this.#suspects.get(client);
    if (suspect) for (const rule of this.#rules) rule.sent?.(suspect, request);
  }

  told(client: string, event: RunEvent): void {
    const suspect = this.#suspects.get(client);
    if (suspect) for (const rule of this.#rules) rule.told?.(suspect, event);
  }

  woke(client: string): void {
    const suspect = this.#suspects.get(client);
    if (suspect) for (const rule of this.#rules) rule.woke?.(suspect);
  }

  ended(client: string, end: RunEnd): void {
    this.left(client);
    const suspect = this.#suspects.get(client);
    if (suspect) this.#judgeSize(suspect);
    if (suspect) for (const rule of this.#rules) rule.ended?.(suspect, end);
  }

  /** I15: a journal grows with its steps and its processes, and with nothing else. */
  #judgeSize({ journal, plan }: Suspect): void {
    if (!journal || !plan) return;
    const most = (plan.content.steps.length + journal.discovered.size + 10 * journal.sessions) * 2_048;
    if (journal.bytes > most)
      this.report("I15", `run ${journal.run}: ${journal.bytes} bytes, more than ${most} for its steps`);
  }

  over(): void {
    for (const rule of this.#rules) rule.over?.();
  }

  #changed(change: WorldChange): void {
    if (change.plural === "pods" && change.type === "MODIFIED") {
      const [pod, before] = [change.object as Pod, change.previous as Pod | undefined];
      const isNew = before?.metadata.deletionTimestamp === undefined;
      if (pod.metadata.deletionTimestamp !== undefined && isNew) this.#turned.push(pod.metadata.uid);
    } else if (change.plural === "pods" && change.type === "DELETED")
      this.#turned.push(change.object.metadata.uid);
    for (const rule of this.#rules) rule.changed?.(change);
  }

  #applied(logged: LoggedRequest): void {
    const turned = this.#turned;
    this.#turned = [];
    const suspect = this.#suspects.get(logged.client);
    if (suspect) for (const rule of this.#rules) rule.applied?.(suspect, logged, { turned });
  }
}
