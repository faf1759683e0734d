import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread } from "node:worker_threads";
import { Random } from "#world/random.ts";
import { REFERENCE_PLANS, type ReferencePlan, SMALL_PLAN, SMALL_ROLL } from "./crash-plans.ts";
import { CRASH_KINDS, type CrashPoint, type CrashRun, crashRun } from "./crash-run.ts";
import { runPool, serveTasks } from "./storm-pool.ts";
import { exitOf } from "./usage.ts";
import { wholeNumber } from "./whole-number.ts";

/*
 * Crashes at every point of the reference plans, and at pairs of points of small ones: the second
 * crash strikes the process that recovers from the first.
 */

const HELP = "npm run storm:crashes -- [--doubles 27000] [--threads N]";

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const PLANS: readonly ReferencePlan[] = [...REFERENCE_PLANS, SMALL_PLAN, SMALL_ROLL];
const LEAST_POINTS = 500;
/** A second life sees fewer moments than the first, and a point beyond its end strikes nobody: of four pairs three crash twice. */
const SECOND_SHARE = 0.6;
const LEAST_DOUBLES = 0.5;

interface Task {
  readonly plan: number;
  readonly points: readonly CrashPoint[];
}

interface Result extends Task {
  readonly run: CrashRun;
}

const work = async (task: Task): Promise<Result> => {
  const plan = PLANS[task.plan];
  if (!plan) throw new Error(`there is no plan ${task.plan}`);
  return { ...task, run: await crashRun(plan, task.points) };
};

const pointsOf = ({ moments }: CrashRun): readonly CrashPoint[] =>
  CRASH_KINDS.flatMap((kind) => Array.from({ length: moments[kind] }, (_, index) => ({ kind, index })));

function drawPairs(plan: number, points: readonly CrashPoint[], count: number): readonly Task[] {
  const random = new Random(plan);
  const pick = (share: number): CrashPoint => {
    const point = points[random.between(0, points.length - 1)] ?? { kind: "event", index: 0 };
    return { ...point, index: Math.floor(point.index * share) };
  };
  return Array.from({ length: count }, () => ({ plan, points: [pick(1), pick(SECOND_SHARE)] }));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      doubles: { type: "string", default: "27000" },
      threads: { type: "string", default: String(cpus().length) },
    },
  });
  const pairs = wholeNumber("doubles", values.doubles);
  const threads = wholeNumber("threads", values.threads);
  const states: string[] = [];
  const tasks: Task[] = [];
  let singles = 0;
  for (const [plan, reference] of PLANS.entries()) {
    const run = await crashRun(reference, []);
    if (run.violations.length > 0) throw new Error(`${reference.name}: ${run.violations.join("; ")}`);
    states[plan] = run.state;
    const points = pointsOf(run);
    const isSmall = plan >= REFERENCE_PLANS.length;
    if (isSmall) tasks.push(...drawPairs(plan, points, Math.ceil(pairs / 2)));
    else for (const point of points) tasks.push({ plan, points: [point] });
    if (!isSmall) singles += points.length;
    say(`${reference.name}: ${points.length} points`);
  }
  const faulty: Result[] = [];
  let crashes = 0;
  let doubles = 0;
  const onResult = (result: Result): void => {
    crashes += result.run.crashes;
    if (result.run.crashes > 1) doubles += 1;
    const isOther = result.run.state !== states[result.plan];
    if (result.run.violations.length === 0 && !isOther) return;
    faulty.push(result);
    const where = result.points.map(({ kind, index }) => `${kind} ${index}`).join(", then ");
    const what = result.run.violations[0] ?? `I12 another end: ${result.run.state}`;
    say(`${PLANS[result.plan]?.name}: crash at ${where}: ${what}`);
  };
  let given = 0;
  const next = (): Task | null => tasks[given++] ?? null;
  await runPool<Task, Result>({
    program: fileURLToPath(import.meta.url),
    threads,
    next,
    onResult,
  });
  say(
    `${singles} single crash points, ${doubles} double crashes, ${crashes} crashes in all, ${faulty.length} failures`,
  );
  const isThin = singles < LEAST_POINTS || doubles < pairs * LEAST_DOUBLES;
  if (isThin) say("too few points, or too few pairs of which both struck: this has shown nothing");
  return faulty.length > 0 || isThin ? 1 : 0;
}

if (isMainThread) process.exitCode = await exitOf(main, HELP, say);
else serveTasks(work);
