import type { ScalingPort } from "#gateway/ports.ts";
import type { Access } from "#model/access.ts";
import { EXIT, type ExitCode } from "#model/exit-codes.ts";
import type { Plan } from "#model/plan.ts";
import type { SnapshotStore } from "#model/snapshot-store.ts";
import type { Spec } from "#model/spec.ts";
import { needsGroups } from "#planner/group-names.ts";
import { makePlan } from "#planner/make-plan.ts";
import { requiredAccess } from "#planner/required-access.ts";
import { renderDiagnostics } from "#render/diagnostic-text.ts";
import { LARGEST_BYTES } from "#render/markdown-table.ts";
import { findingWords } from "#render/plan-words.ts";
import { count } from "#render/words.ts";
import { instanceIdOf } from "#rules/instance-id.ts";
import { formatDuration, parseDuration } from "#schema/duration.ts";
import { sealPlan } from "#schema/seal-plan.ts";
import { CommandFailure, fail, failUsage } from "./failure.ts";
import { readPlan, readSpec } from "./load-documents.ts";
import { openScaling, openWorld, regionOf, type World } from "./open-world.ts";
import { reasonOf } from "./read-text.ts";
import { shellWord } from "./shell-word.ts";
import { type PlanFormat, planDocument, type ShownPlan } from "./show-plan.ts";
import type { Terminal } from "./terminal.ts";
import { DEXTRE_VERSION } from "./version.ts";

/** Of a comment that holds a plan and its differences to an older one. */
const LARGEST_DIFF_BYTES = 20_000;

export interface PlanCommandOptions {
  readonly specFile: string;
  readonly out: string | undefined;
  readonly expiresIn: string;
  /** An older plan's file, to show the differences to. */
  readonly against: string | undefined;
  readonly detailedExitCode: boolean;
  readonly format: PlanFormat | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly region: string | undefined;
}

export async function runPlanCommand(options: PlanCommandOptions, terminal: Terminal): Promise<number> {
  const expiresInSeconds = secondsOf(options.expiresIn);
  const spec = await readSpec(options.specFile, terminal);
  const old = options.against === undefined ? undefined : await readPlan(options.against, terminal);
  const world = await openWorld(options, terminal);
  const plan = await planAgainst(spec, {
    world,
    region: (snapshot) => regionOf(snapshot, spec, options.region, terminal),
    scaling: (region) => openScaling(world, region),
    expiresInSeconds,
  });
  await writePlan(plan, old === undefined ? options : { ...options, old }, terminal);
  return exitOf(plan, old, options);
}

/** As Terraform's: 0 nothing to do, 2 something to do; a blocked plan is 3 whatever was asked. */
export function exitOf(
  { content, digest }: Plan,
  old: Plan | undefined,
  { detailedExitCode }: Pick<PlanCommandOptions, "detailedExitCode">,
): ExitCode {
  if (!content.applyable) return EXIT.refused;
  if (!detailedExitCode) return EXIT.done;
  const differs = old === undefined ? content.steps.length > 0 : old.digest !== digest;
  return differs ? EXIT.differences : EXIT.done;
}

/** A year: what a plan saw of a cluster is history by then. */
const LONGEST_EXPIRY_SECONDS = 365 * 86_400;

/** @throws CommandFailure 64 */
function secondsOf(text: string): number {
  const parsed = parseDuration(text);
  const flag = `--expires-in ${shellWord(text)}`;
  if (parsed.kind === "faulty") failUsage(`${flag}: ${parsed.message}`, parsed.help);
  if (parsed.seconds === 0) {
    failUsage(`${flag} is too short: no run of the plan could be started`, "write 1s or more");
  }
  if (parsed.seconds > LONGEST_EXPIRY_SECONDS) {
    failUsage(
      `${flag} is too long`,
      `write ${formatDuration(LONGEST_EXPIRY_SECONDS)} or less, which is a year`,
    );
  }
  return parsed.seconds;
}

export interface PlanningWorld {
  readonly world: Pick<World, "cluster" | "clock" | "contextName">;
  /** Both only called where the plan needs the auto scaling groups. */
  readonly region: (snapshot: SnapshotStore) => string;
  readonly scaling: (region: string) => Promise<ScalingPort>;
  readonly expiresInSeconds: number;
}

/** Reads the cluster once and plans against it. @throws CommandFailure 3 where there is nothing to plan */
export async function planAgainst(
  spec: Spec,
  { world, region, scaling, expiresInSeconds }: PlanningWorld,
): Promise<Plan> {
  const { cluster, clock } = world;
  const reading = Promise.all([cluster.identity(), cluster.readOnce()]);
  const missing = missingAccess(spec, world);
  // Should something else fail first, nobody waits for it.
  missing.catch(() => undefined);
  const [identity, snapshot] = await reading;
  const request = { spec, snapshot, cluster: identity };
  const groups = needsGroups(spec) ? { region: region(snapshot) } : {};
  if (groups.region !== undefined) await addGroups(snapshot, await scaling(groups.region));
  const answer = makePlan({ ...request, ...groups, missingPermissions: await missing });
  if (answer.kind === "refused") throw new CommandFailure(EXIT.refused, answer.diagnostics);
  const now = clock.now();
  return sealPlan(answer.content, {
    createdAt: isoSeconds(now),
    expiresAt: isoSeconds(now + expiresInSeconds * 1000),
    dextreVersion: DEXTRE_VERSION,
    context: world.contextName,
  });
}

async function addGroups(snapshot: SnapshotStore, scaling: ScalingPort): Promise<void> {
  const instances = [...snapshot.nodes()]
    .map(instanceIdOf)
    .filter((id) => id !== "")
    .sort();
  if (instances.length === 0) return;
  for (const group of await scaling.readGroupsOfInstances(instances)) snapshot.putGroup(group);
}

/** Of what apply needs. Lists are not asked about: the plan has just made them. */
async function missingAccess(spec: Spec, { cluster }: Pick<World, "cluster">): Promise<readonly Access[]> {
  const asked = requiredAccess(spec).filter(({ verb }) => verb !== "list");
  const allowed = await Promise.all(asked.map((access) => cluster.isAllowed(access)));
  return asked.filter((_, index) => allowed[index] === false);
}

const isoSeconds = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");

/**
 * The plan on stdout in one write: JSON for a pipe, the view for a person or where --out has the JSON.
 * What blocks is said on stderr too, so that a pipe does not swallow it.
 */
export async function writePlan(
  plan: Plan,
  options: Pick<PlanCommandOptions, "specFile" | "out" | "format"> & { readonly old?: Plan },
  terminal: Terminal,
): Promise<void> {
  const { stdout, stderr } = terminal;
  const { out, specFile, old } = options;
  if (out !== undefined) await save(plan, out, terminal);
  const usual = stdout.isTerminal || out !== undefined ? "text" : "json";
  const format = options.format ?? usual;
  stdout.write(await documents({ plan, planFile: out ?? null, specFile }, { old, format }, terminal));
  if (plan.content.applyable || format === "text") return;
  const { blockers } = plan.content;
  const talk = blockers.map((blocker) => ({
    code: blocker.code,
    message: findingWords(blocker),
    ...(blocker.acceptedBy === undefined ? {} : { help: `to accept it: ${blocker.acceptedBy.field}` }),
  }));
  const head = {
    code: "E-PLAN-BLOCKED",
    message: `the plan has ${count(blockers.length, "blocker")} and cannot be applied`,
  } as const;
  stderr.write(renderDiagnostics([head, ...talk], stderr.colour));
}

/** The plan and, where there is an old one, the differences: behind it, or on stderr where it is JSON. */
async function documents(
  shown: ShownPlan,
  { old, format }: { readonly old: Plan | undefined; readonly format: PlanFormat },
  { stdout, stderr }: Terminal,
): Promise<string> {
  if (old === undefined) return planDocument(shown, format, stdout);
  const { planDiffDocument } = await import("./show-plan-diff.ts");
  const plans = { old, now: shown.plan };
  if (format === "json") {
    stderr.write(planDiffDocument(plans, "text", stderr));
    return planDocument(shown, format, stdout);
  }
  const differences = planDiffDocument(plans, format, stdout, LARGEST_DIFF_BYTES);
  const document = await planDocument(shown, format, stdout, LARGEST_BYTES - LARGEST_DIFF_BYTES);
  return `${document}\n${differences}`;
}

async function save(plan: Plan, path: string, terminal: Terminal): Promise<void> {
  const { writeAtomically } = await import("#gateway/local/write-atomically.ts");
  const document = await planDocument({ plan, planFile: path }, "json", terminal.stdout);
  try {
    writeAtomically(path, document);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    fail(EXIT.refused, "E-OUTPUT-WRITE", `${path} cannot be written: ${reasonOf(String(error.code))}`);
  }
}
