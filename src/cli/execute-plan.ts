import type { RunPlanOptions } from "#executor/run-options.ts";
import { runPlan } from "#executor/run-plan.ts";
import type { RunStore, ScalingPort } from "#gateway/ports.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { Plan } from "#model/plan.ts";
import type { JournalEntry, RunEnd } from "#model/run.ts";
import { requiredAccess } from "#planner/required-access.ts";
import { type Line, span } from "#render/palette.ts";
import { type EndOptions, endLines } from "#render/run-report.ts";
import { describeBroken } from "./broken-output.ts";
import { readPlan } from "./load-documents.ts";
import {
  type ClusterChoice,
  openScalingOf,
  openStore,
  openWorld,
  runIdMaker,
  type World,
} from "./open-world.ts";
import { repeatFlags } from "./repeat-flags.ts";
import { RunScreen } from "./run-screen.ts";
import { shellWord } from "./shell-word.ts";
import { watchStopSignals } from "./stop-signals.ts";
import type { Terminal } from "./terminal.ts";
import { uncordonLines } from "./uncordon-lines.ts";
import { DEXTRE_VERSION } from "./version.ts";
import { writeLines } from "./write-lines.ts";

export interface ExecuteOptions {
  readonly mode: "apply" | "resume";
  readonly planFile: string;
  readonly approve: string | undefined;
  readonly stateFolder: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly region: string | undefined;
}

/** apply and resume: the same code, because a run is the fold of its journal. */
export async function executePlan(options: ExecuteOptions, terminal: Terminal): Promise<number> {
  const plan = await readPlan(options.planFile, terminal);
  const world = await openWorld(options, terminal);
  const end = await executeOpened(
    {
      plan,
      mode: options.mode,
      approve: options.approve ?? null,
      world,
      store: await openStore(options.stateFolder, terminal),
      scaling: await openScalingOf(plan, options.region, world),
      planFileOf: () => shellWord(options.planFile),
      flags: repeatFlags(options),
      choice: options,
    },
    terminal,
  );
  return end.exit;
}

/** A plan with all that it is carried out with. */
export interface OpenedPlan {
  readonly plan: Plan;
  readonly mode: RunPlanOptions["mode"];
  readonly approve: string | null;
  readonly world: World;
  readonly store: RunStore;
  readonly scaling: ScalingPort | null;
  /** The plan's file, ready for a shell; run: "" where none was taken up, and null where it is then not kept. */
  readonly planFileOf: (run: string) => string | null;
  /** See `EndOptions`. */
  readonly flags: string;
  readonly again?: string;
  /** How the cluster was chosen, for commands of kubectl. */
  readonly choice: ClusterChoice;
  /** Told each new run's id, before anything is changed. */
  readonly onStart?: (run: string, say: (line: Line) => void) => void;
}

/** Carries a plan out on the screen, with signals, and says how it ended. */
export async function executeOpened(opened: OpenedPlan, terminal: Terminal): Promise<RunEnd> {
  const { plan, mode, approve, world, store, scaling, planFileOf, flags, again, onStart } = opened;
  const before = await recordedBefore(plan, store);
  const screen = new RunScreen({ plan, before, output: terminal.stdout, clock: world.clock });
  const say = (line: Line): void => screen.say(line);
  const signals = watchStopSignals((words) => say([span(words, "yellow")]));
  terminal.onBroken((broken) => signals.ask(describeBroken(broken)));
  const end = await runPlan({
    ...portsOf(world, store, scaling),
    plan,
    access: requiredAccess(plan.content.spec),
    mode,
    approve,
    newRunId: await runIdMaker(world.clock),
    dextreVersion: DEXTRE_VERSION,
    emit(event) {
      screen.show(event);
      if (event.kind === "Recorded" && event.entry.record.kind === "RunStarted")
        onStart?.(event.entry.record.run, say);
    },
    stop: signals.stop,
  }).finally(() => signals.close());
  screen.finish(end);
  const context = { planFile: planFileOf(end.run), signal: signals.reason(), flags };
  sayEnd(end, { ...context, ...(again === undefined ? {} : { again }) }, terminal);
  writeLines(terminal.stdout, uncordonLines(end, opened));
  return end;
}

function portsOf(world: World, store: RunStore, scaling: ScalingPort | null) {
  const { cluster, leases, clock, host } = world;
  return { cluster, leases, clock, host, store, scaling };
}

/** The records of this plan's unfinished run, so that the view begins where it stopped. */
export async function recordedBefore(plan: Plan, store: RunStore): Promise<readonly JournalEntry[]> {
  const { runs } = await store.read(plan.content.cluster.uid);
  const run = runs.findLast((stored) => stored.plan.digest === plan.digest);
  const isOver = run?.entries.some(
    ({ record }) => record.kind === "RunFinished" || record.kind === "RunAborted",
  );
  return run && !isOver ? run.entries : [];
}

/** Of a run the log is the product; a refusal is talk. */
export function sayEnd(end: RunEnd, context: EndOptions, { stdout, stderr }: Terminal): void {
  const refused: readonly number[] = [EXIT.refused, EXIT.locked, EXIT.notApproved];
  writeLines(refused.includes(end.exit) ? stderr : stdout, endLines(end, context));
}
