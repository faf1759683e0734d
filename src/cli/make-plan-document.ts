import type { ScalingPort } from "#gateway/ports.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { Plan } from "#model/plan.ts";
import type { SnapshotStore } from "#model/snapshot-store.ts";
import type { Spec } from "#model/spec.ts";
import { needsGroups } from "#planner/group-names.ts";
import { makePlan } from "#planner/make-plan.ts";
import { type RequiredAccess, requiredAccess } from "#planner/required-access.ts";
import { renderDiagnostics } from "#render/diagnostic-text.ts";
import { count } from "#render/words.ts";
import { instanceIdOf } from "#rules/instance-id.ts";
import { parseDuration } from "#schema/duration.ts";
import { sealPlan } from "#schema/plan-file.ts";
import { CommandFailure, failUsage } from "./failure.ts";
import { readSpec } from "./load-documents.ts";
import { openScaling, openWorld, regionOf, type World } from "./open-world.ts";
import { type PlanFormat, planDocument } from "./show-plan.ts";
import type { Terminal } from "./terminal.ts";
import { DEXTRE_VERSION } from "./version.ts";

export interface PlanCommandOptions {
  readonly specFile: string;
  readonly out: string | undefined;
  readonly expiresIn: string;
  readonly format: PlanFormat | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly region: string | undefined;
}

export async function runPlanCommand(options: PlanCommandOptions, terminal: Terminal): Promise<number> {
  const expiresInSeconds = secondsOf(options.expiresIn);
  const spec = await readSpec(options.specFile, terminal);
  const world = await openWorld(options, terminal);
  const plan = await planAgainst(spec, {
    world,
    scaling: (snapshot) => openScaling(world, regionOf(snapshot, spec, options.region, terminal)),
    expiresInSeconds,
  });
  await writePlan(plan, options, terminal);
  return plan.content.applyable ? EXIT.done : EXIT.refused;
}

function secondsOf(text: string): number {
  const parsed = parseDuration(text);
  if (parsed.kind !== "ok" || parsed.seconds <= 0) {
    failUsage(`--expires-in ${text} is not a duration`, "write it like 72h or 90m");
  }
  return parsed.seconds;
}

export interface PlanningWorld {
  readonly world: Pick<World, "cluster" | "clock" | "contextName">;
  /** Only called where the plan needs the auto scaling groups. */
  readonly scaling: (snapshot: SnapshotStore) => Promise<ScalingPort>;
  readonly expiresInSeconds: number;
}

/** Reads the cluster once and plans against it. @throws CommandFailure 3 where there is nothing to plan */
export async function planAgainst(
  spec: Spec,
  { world, scaling, expiresInSeconds }: PlanningWorld,
): Promise<Plan> {
  const { cluster, clock } = world;
  const [identity, snapshot] = await Promise.all([cluster.identity(), cluster.readOnce()]);
  if (needsGroups(spec, snapshot)) await addGroups(snapshot, await scaling(snapshot));
  const answer = makePlan({
    spec,
    snapshot,
    cluster: identity,
    missingPermissions: await missingAccess(spec, world),
  });
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

async function missingAccess(
  spec: Spec,
  { cluster }: Pick<World, "cluster">,
): Promise<readonly RequiredAccess[]> {
  const asked = requiredAccess(spec);
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
  options: Pick<PlanCommandOptions, "specFile" | "out" | "format">,
  terminal: Terminal,
): Promise<void> {
  const { stdout, stderr } = terminal;
  const { out, specFile } = options;
  if (out !== undefined) await save(plan, out, terminal);
  const usual = stdout.isTerminal || out !== undefined ? "text" : "json";
  const format = options.format ?? usual;
  const planFile = out ?? (format === "json" || !stdout.isTerminal ? "plan.json" : null);
  stdout.write(await planDocument({ plan, planFile, specFile }, format, stdout));
  if (plan.content.applyable || format === "text") return;
  const { blockers } = plan.content;
  const talk = blockers.map(({ code, message, object }) => ({
    code,
    message: `${object.kind} ${object.name}: ${message}`,
  }));
  const head = {
    code: "E-PLAN-BLOCKED",
    message: `the plan has ${count(blockers.length, "blocker")} and cannot be applied`,
  } as const;
  stderr.write(renderDiagnostics([head, ...talk], stderr.colour));
}

async function save(plan: Plan, path: string, terminal: Terminal): Promise<void> {
  const { writeAtomically } = await import("#gateway/local/write-atomically.ts");
  writeAtomically(path, await planDocument({ plan, planFile: path }, "json", terminal.stdout));
}
