import type { Plan } from "#model/plan.ts";
import type { RunEnd } from "#model/run.ts";
import type { Actors } from "#world/actors.ts";
import { type DrawnSpec, specText } from "./draw-spec.ts";
import type { Universe } from "./universe.ts";

/** So often a run may find the lock held by another one that goes on. */
const LOCKED_PATIENCE = 500;
/** So often the same end may come before nobody expects another. */
const PATIENCE = 6;

/** The person who reads how a run ended, and does what its message says. */
export class Operator {
  plan: Plan;
  readonly #universe: Universe;
  #spec: DrawnSpec;
  readonly #replicas = new Map<string, number>();
  #attempts = 0;
  /** Code of an end → how often it came. */
  readonly #ends = new Map<string, number>();
  #lockedOut = 0;

  constructor(universe: Universe, plan: Plan, spec: DrawnSpec) {
    this.#universe = universe;
    this.plan = plan;
    this.#spec = spec;
    for (const kind of ["deployments", "statefulsets"] as const)
      for (const one of universe.world.list(kind)) this.#replicas.set(one.metadata.uid, one.spec.replicas);
  }

  /** Once the storm is over. false: the run has ended for good. */
  async follow(end: RunEnd, actors: Actors): Promise<boolean> {
    if (end.code === "E-LOCKED" && this.#lockedOut < LOCKED_PATIENCE) {
      this.#lockedOut += 1;
      return true;
    }
    this.#attempts += 1;
    const count = (this.#ends.get(end.code) ?? 0) + 1;
    this.#ends.set(end.code, count);
    const { world, judge } = this.#universe;
    if (end.code === "E-NODE-CAME-BACK" || end.code === "E-PLAN-OTHER-CLUSTER") {
      if (!this.#isTrue(end.code)) judge.report("I11", `${end.code} is not so: ${end.message}`);
      return false;
    }
    // A new instance inherited the Node of another one: only a person may delete it.
    const isAboutInstance = end.code === "E-NODE-TIMEOUT" || /is in no auto scaling group/.test(end.message);
    if (isAboutInstance && this.#hasInherited()) return false;
    if (end.code.endsWith("-TIMEOUT") || end.code === "E-PLAN-BLOCKED") {
      this.#restoreReplicas(actors);
      this.#openForeign(actors);
    }
    if (count > PATIENCE || this.#attempts > 3 * PATIENCE) {
      judge.report("I11", `still ${end.code} after ${this.#attempts} attempts in calm: ${end.message}`);
      return false;
    }
    if (end.code === "E-PLAN-BLOCKED") {
      this.#endSpentJob(end, actors);
      await this.#planAnew();
      return true;
    }
    if (end.message.includes("limits.maxDiscovered")) this.#spec = { ...this.#spec, maxDiscovered: 100 };
    for (const [, name] of end.message.matchAll(/kubectl cordon (\S+)/g)) {
      if (name && world.get("nodes", undefined, name)) actors.cordon(name);
    }
    if (end.code === "E-RUN-ELSEWHERE" || end.code === "E-RUN-OVERLAPS" || end.code === "E-JOURNAL-DAMAGED") {
      const run = /run (run-\S+)/.exec(end.message)?.[1];
      if (run === undefined) return false;
      await this.#abort(run);
      await this.#planAnew();
    } else if (/make a new (one|plan)/.test(end.message) || end.code === "E-NODES-STOPPED")
      await this.#startAnew(end);
    return true;
  }

  /** Ends for good, where it is so. */
  #isTrue(code: "E-NODE-CAME-BACK" | "E-PLAN-OTHER-CLUSTER"): boolean {
    return code === "E-NODE-CAME-BACK"
      ? this.#hasInherited()
      : this.plan.content.cluster.uid !== this.#universe.clusterUid;
  }

  #hasInherited(): boolean {
    const { fleet } = this.#universe.world;
    return [...fleet.groups.values()].some((group) => group.reusesNames);
  }

  /** Drained as often as it may fail: whoever owns the Job starts it anew. */
  #endSpentJob({ message }: RunEnd, actors: Actors): void {
    const found = /(?:pod|Job) ([^/ ]+)\/\S+ .*would fail Job (\S+)/.exec(message);
    if (found?.[2]) actors.delete("jobs", found[1], found[2]);
  }

  /** Somebody scaled a workload to what its budget asks for: then nothing of it may move. */
  #restoreReplicas(actors: Actors): void {
    for (const kind of ["deployments", "statefulsets"] as const) {
      for (const { metadata, spec } of this.#universe.world.list(kind)) {
        const wanted = this.#replicas.get(metadata.uid) ?? spec.replicas;
        if (spec.replicas < wanted) actors.scale(kind, metadata.namespace ?? "", metadata.name, wanted);
      }
    }
  }

  /** What others cordoned during the storm leaves the pods no place. */
  #openForeign(actors: Actors): void {
    const { world, judge } = this.#universe;
    for (const { metadata } of world.list("nodes"))
      if (judge.isForeignCordon(metadata.uid)) actors.uncordon(metadata.name);
  }

  async #startAnew(end: RunEnd): Promise<void> {
    if (this.#attempts < 3) return;
    if (end.run !== "") await this.#abort(end.run);
    await this.#planAnew();
  }

  async #planAnew(): Promise<void> {
    const planner = this.#universe.start("planner");
    const plan = (spec: DrawnSpec): Promise<Plan> => this.#universe.plan(planner, specText(spec));
    try {
      this.plan = await plan(this.#spec);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes("E-NOTHING-MATCHES")) throw error;
      // Of those pods none is left: their part is done.
      const targets = this.#spec.targets.filter((target) => !target.includes("kind: Pods"));
      this.plan = await plan({ ...this.#spec, targets });
    }
  }

  async #abort(run: string): Promise<void> {
    for (const host of ["host-a", "host-b"]) {
      const process = this.#universe.start(host);
      const end = await this.#universe.abort(process, run);
      if (end.exit === 0) return;
    }
  }

  /** Runs beside that did not come to their end. */
  async closeOthers(): Promise<void> {
    const lease = await this.#universe.start("observer").leases.read();
    const runs = JSON.parse(lease?.annotations["dextre.dev/runs"] ?? "[]") as readonly {
      readonly run: string;
    }[];
    for (const { run } of runs) await this.#abort(run);
  }
}
