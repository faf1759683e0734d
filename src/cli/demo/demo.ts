import { join } from "node:path";
import { makeFileRunStore } from "#gateway/local/file-run-store.ts";
import { defaultStateFolder } from "#gateway/local/state-folder.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { Plan } from "#model/plan.ts";
import { type Line, plain, span } from "#render/palette.ts";
import { count } from "#render/words.ts";
import type { World } from "#world/world.ts";
import { recordedBefore } from "../execute-plan.ts";
import { readPlan } from "../load-documents.ts";
import type { PrivateFolder } from "../private-folder.ts";
import type { Terminal } from "../terminal.ts";
import { writeLines } from "../write-lines.ts";
import { stateHomeIn } from "./child-environment.ts";
import type { ChildRunner } from "./child-runner.ts";
import { DEMO_SPEC } from "./demo-spec.ts";
import { type GrantedEviction, grantedEviction, type ServerFacts, watchServers } from "./server-facts.ts";

export interface DemoStage {
  readonly folder: Pick<PrivateFolder, "path" | "write">;
  readonly world: World;
  readonly children: Pick<ChildRunner, "run" | "kill">;
  readonly stop: AbortSignal;
  readonly terminal: Terminal;
}

/** The acts of the demo, one after the other. */
export class Demo {
  readonly #stage: DemoStage;

  constructor(stage: DemoStage) {
    this.#stage = stage;
  }

  /** Answers the exit code: 4 where it was stopped, else of the process that ended otherwise than it should. */
  async run(): Promise<number> {
    const facts = watchServers(this.#stage.world);
    const planned = await this.#plan();
    if (planned !== EXIT.done) return this.#endOf("plan", planned);
    const plan = await readPlan(join(this.#stage.folder.path, "plan.json"), this.#stage.terminal);
    const applied = await this.#applyAndKill(plan);
    if (applied !== "killed") return this.#endOf("apply", applied);
    const resumed = await this.#dextre(["resume", "plan.json"], "a new process, the same reviewed plan");
    if (resumed !== EXIT.done) return this.#endOf("resume", resumed);
    this.#say(...factLines(facts(), plan));
    return EXIT.done;
  }

  async #plan(): Promise<number> {
    this.#say(
      plain("An embedded cluster and its cloud, served by this process on 127.0.0.1: scenarios/small.yaml."),
      plain("Every command below is a process of its own. Nothing outside is touched."),
    );
    this.#stage.folder.write("upgrade.yaml", DEMO_SPEC);
    this.#title("cat upgrade.yaml", "what is to be rolled");
    this.#stage.terminal.stdout.write(DEMO_SPEC);
    const words = ["plan", "-f", "upgrade.yaml", "--out", "plan.json"];
    return this.#dextre(words, "what would happen; nothing is changed");
  }

  /** Kills the process when an eviction half-way has taken effect, before the answer is on its way. */
  async #applyAndKill(plan: Plan): Promise<"killed" | number> {
    const { world, children } = this.#stage;
    let left = evictionsUntilMiddle(plan);
    let fatal: GrantedEviction | undefined;
    world.onRequest((logged) => {
      const granted = grantedEviction(logged);
      if (granted === undefined || --left !== 0) return;
      fatal = granted;
      children.kill();
    });
    const exit = await this.#dextre(["apply", "plan.json"], "…and in the middle of it: kill -9");
    if (fatal === undefined) return exit;
    this.#say(...(await this.#killedLines(fatal, plan)));
    return "killed";
  }

  async #killedLines({ pod, uid }: GrantedEviction, plan: Plan): Promise<readonly Line[]> {
    const store = makeFileRunStore(
      defaultStateFolder({ XDG_STATE_HOME: stateHomeIn(this.#stage.folder.path) }),
    );
    const last = (await recordedBefore(plan, store)).at(-1)?.record;
    const isIntended =
      last?.kind === "StepIntent" && last.intent.kind === "EvictPod" && last.intent.podUid === uid;
    return [
      [],
      [
        span("✗ killed. ", "red"),
        span("Nothing of the process is left: its journal is on the disk, its lock in the cluster."),
      ],
      plain(`The API server has just accepted the eviction of ${pod}; its answer reached nobody.`),
      plain(isIntended ? "The journal's last record is the intent to evict it, without an outcome." : ""),
    ];
  }

  /** Runs a command line on the terminal. Answers its exit code, 4 where a stop or a signal ended it. */
  async #dextre(words: readonly string[], why: string): Promise<number> {
    const { children, stop } = this.#stage;
    if (stop.aborted) return EXIT.stopped;
    this.#title(`dextre ${words.join(" ")}`, why);
    const { exit } = await children.run(words);
    return stop.aborted || exit === null ? EXIT.stopped : exit;
  }

  #endOf(command: string, exit: number): number {
    if (exit === EXIT.done) {
      this.#stage.terminal.stderr.write(`dextre ${command} ended before it could be killed\n`);
      return EXIT.unexpected;
    }
    return exit;
  }

  #title(commandLine: string, words: string): void {
    this.#say([], [span(`$ ${commandLine}`, "command"), span(`   # ${words}`, "dim")], []);
  }

  #say(...lines: readonly Line[]): void {
    writeLines(this.#stage.terminal.stdout, lines);
  }
}

/** Up to the one half-way through the plan, pods that are discovered not counted. */
const evictionsUntilMiddle = ({ content }: Plan): number =>
  Math.ceil(content.steps.filter(({ kind }) => kind === "EvictPod").length / 2);

function factLines(facts: ServerFacts, plan: Plan): readonly Line[] {
  const groups = plan.content.observed.groups.map(({ name }) => name).join(", ");
  const evicted = `${count(facts.evictions, "pod")} evicted, ${facts.evictedTwice || "none"} of them twice`;
  const terminated = `${count(facts.terminations, "instance")} of ${groups} terminated, ${facts.terminatedTwice || "none"} of them twice`;
  return [
    [],
    [span("By the servers' own log, over both processes:", "bold")],
    plain(`  ${evicted}; ${count(facts.podDeletions, "pod")} deleted past the budgets`),
    plain(`  ${terminated}; ${facts.replacements} in service in their place`),
    [],
  ];
}
