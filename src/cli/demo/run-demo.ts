import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runPlan } from "#executor/run-plan.ts";
import { makeFileRunStore } from "#gateway/local/file-run-store.ts";
import type { RunStore } from "#gateway/ports.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { Plan } from "#model/plan.ts";
import type { RunEnd, RunEvent } from "#model/run.ts";
import { requiredAccess } from "#planner/required-access.ts";
import { type Line, plain, span } from "#render/palette.ts";
import { count } from "#render/words.ts";
import { describeBroken } from "../broken-output.ts";
import { recordedBefore, sayEnd } from "../execute-plan.ts";
import { readSpec } from "../load-documents.ts";
import { planAgainst } from "../make-plan-document.ts";
import { runIdMaker } from "../open-world.ts";
import { RunScreen } from "../run-screen.ts";
import { planDocument } from "../show-plan.ts";
import { type StopSignals, watchStopSignals } from "../stop-signals.ts";
import type { Terminal } from "../terminal.ts";
import { DEXTRE_VERSION } from "../version.ts";
import { writeLines } from "../write-lines.ts";
import { DemoCluster, type DemoProcess } from "./demo-cluster.ts";
import { DEMO_SPEC } from "./demo-spec.ts";
import { type ServerFacts, watchServers } from "./server-facts.ts";

/**
 * Plan, apply, crash, resume, on an embedded cluster in this process. The crash drops everything in
 * memory; what the second life knows is the run folder's plan and journal, and the cluster.
 */
export async function runDemo(speed: number, terminal: Terminal): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "dextre-demo-"));
  const cluster = new DemoCluster(speed);
  const signals = watchStopSignals((words) => demo.interrupt(words));
  const demo = new Demo(folder, cluster, signals, terminal);
  terminal.onBroken((broken) => signals.ask(describeBroken(broken)));
  try {
    return await demo.run();
  } finally {
    cluster.driver.close();
    signals.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

class Demo {
  readonly #folder: string;
  readonly #cluster: DemoCluster;
  readonly #signals: StopSignals;
  readonly #terminal: Terminal;
  #watched: RunScreen | null = null;

  constructor(folder: string, cluster: DemoCluster, signals: StopSignals, terminal: Terminal) {
    this.#folder = folder;
    this.#cluster = cluster;
    this.#signals = signals;
    this.#terminal = terminal;
  }

  /** Says so above the live view, where there is one: else that would be painted over the line. */
  interrupt(words: string): void {
    if (this.#watched && this.#terminal.stdout.isLive) this.#watched.say([span(words, "yellow")]);
    else this.#terminal.stderr.write(`${words}\n`);
  }

  async run(): Promise<number> {
    const facts = watchServers(this.#cluster.driver.world);
    const plan = await this.#plan();
    this.#title(`dextre apply plan.json`, "…and in the middle of it, the process is killed");
    const cut = await this.#applyAndCrash(plan);
    this.#watched = null;
    if (cut !== null) return this.#end(cut);
    this.#say(
      [],
      [
        span("✗ killed. ", "red"),
        span("Nothing of the process is left: its journal is on the disk, its lock in the cluster."),
      ],
      plain("One eviction was under way: nobody was told whether it took effect."),
    );
    this.#title("dextre resume plan.json", "a new process, the same reviewed plan");
    const end = await this.#resume(plan);
    if (end.exit === EXIT.done) this.#say(...factLines(facts(), plan));
    return this.#end(end);
  }

  async #plan(): Promise<Plan> {
    const specFile = join(this.#folder, "upgrade.yaml");
    writeFileSync(specFile, DEMO_SPEC);
    this.#say(
      plain("An embedded cluster: scenarios/small.yaml, in this process. Nothing outside is touched."),
    );
    this.#title("cat upgrade.yaml", "what is to be rolled");
    this.#terminal.stdout.write(DEMO_SPEC);
    this.#title("dextre plan -f upgrade.yaml --out plan.json", "what would happen; nothing is changed");
    const { world, scaling } = await this.#cluster.start();
    const plan = await planAgainst(await readSpec(specFile, this.#terminal), {
      world,
      scaling: async () => scaling,
      expiresInSeconds: 3600,
    });
    const { stdout } = this.#terminal;
    stdout.write(await planDocument({ plan, planFile: "plan.json" }, "text", stdout));
    return plan;
  }

  /** null: it crashed as it should. */
  async #applyAndCrash(plan: Plan): Promise<RunEnd | null> {
    const life = await this.#cluster.start();
    const screen = this.#screen(plan, life, []);
    let crash: () => void = () => undefined;
    const crashed = new Promise<null>((resolve) => {
      crash = () => {
        life.client.crash("apply");
        resolve(null);
      };
    });
    const fatal = evictionInTheMiddle(plan);
    const end = await Promise.race([
      crashed,
      this.#execute(plan, "apply", life, (event) => {
        if (life.client.isCrashed) return;
        screen.show(event);
        // Its intent is on the disk; the request leaves in this very turn, and is not answered any more.
        if (fatal(event)) setImmediate(crash);
      }),
    ]);
    screen.drop();
    return end;
  }

  async #resume(plan: Plan): Promise<RunEnd> {
    const life = await this.#cluster.start();
    const screen = this.#screen(plan, life, await recordedBefore(plan, this.#store()));
    const end = await this.#execute(plan, "resume", life, (event) => screen.show(event));
    screen.finish(end);
    return end;
  }

  async #execute(
    plan: Plan,
    mode: "apply" | "resume",
    life: DemoProcess,
    emit: (event: RunEvent) => void,
  ): Promise<RunEnd> {
    const { cluster, leases, clock, host } = life.world;
    return runPlan({
      access: requiredAccess(plan.content.spec),
      plan,
      mode,
      approve: plan.digest,
      cluster,
      leases,
      scaling: life.scaling,
      store: this.#store(),
      clock,
      host,
      newRunId: await runIdMaker(clock),
      dextreVersion: DEXTRE_VERSION,
      emit,
      stop: this.#signals.stop,
    });
  }

  /** Opened anew each time: a process that starts has nothing but the folder. */
  #store(): RunStore {
    return makeFileRunStore(join(this.#folder, "state"));
  }

  #screen(
    plan: Plan,
    life: DemoProcess,
    before: ConstructorParameters<typeof RunScreen>[0]["before"],
  ): RunScreen {
    this.#watched = new RunScreen({ plan, before, output: this.#terminal.stdout, clock: life.world.clock });
    return this.#watched;
  }

  #end(end: RunEnd): number {
    if (end.exit === EXIT.stopped)
      this.#say([], plain("The demo was stopped. Its cluster and its folder are gone."));
    else sayEnd(end, { planFile: null, signal: this.#signals.reason(), flags: "" }, this.#terminal);
    return end.exit;
  }

  #title(commandLine: string, words: string): void {
    this.#say([], [span(`$ ${commandLine}`, "command"), span(`   # ${words}`, "dim")], []);
  }

  #say(...lines: readonly Line[]): void {
    const { stdout } = this.#terminal;
    writeLines(stdout, lines);
  }
}

/** True for the intent of the eviction half-way through the plan, discovered pods not counted. */
function evictionInTheMiddle(plan: Plan): (event: RunEvent) => boolean {
  const evictions = plan.content.steps.filter(({ kind }) => kind === "EvictPod");
  const middle = Math.ceil(evictions.length / 2);
  let seen = 0;
  return (event) => {
    if (event.kind !== "Recorded" || event.entry.record.kind !== "StepIntent") return false;
    if (event.entry.record.intent.kind !== "EvictPod") return false;
    return ++seen === middle;
  };
}

function factLines(facts: ServerFacts, plan: Plan): readonly Line[] {
  const groups = plan.content.observed.groups.map(({ name }) => name).join(", ");
  return [
    [span("By the servers' own count, over both lives of the process:", "bold")],
    plain(
      `  ${count(facts.evictions, "pod")} evicted, ${facts.evictedTwice || "none"} of them twice; ${count(facts.podDeletions, "pod")} deleted past the budgets`,
    ),
    plain(`  ${count(facts.terminations, "instance")} of ${groups} terminated, each replaced by its group`),
    [],
  ];
}
