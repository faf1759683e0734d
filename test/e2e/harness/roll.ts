import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Plan } from "#model/plan.ts";
import type { JournalEntry } from "#model/run.ts";
import { workTree } from "#test/rig/paths.ts";
import { waitUntil } from "#test/rig/wait-until.ts";
import { readyByWorkload } from "./cluster-truth.ts";
import { describeGroup } from "./fleet-truth.ts";
import { type ProgramEnd, type RunningProgram, runDextre } from "./run-program.ts";
import type { TestRig } from "./test-rig.ts";

/** Everything of `small` at its replicas. */
export const ALL_READY = {
  "default/api": "3/3",
  "default/db": "3/3",
  "default/web": "6/6",
  "kube-system/coredns": "2/2",
};

/** A place to work in as a pipeline would: its own folder, its own state, the rig's credentials. */
export interface Workplace {
  readonly folder: string;
  readonly planFile: string;
  /** The rig's, and where runs are kept. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts dextre there. */
  dextre(...args: readonly string[]): RunningProgram;
  /** `dextre plan -f SPEC > plan.json`, SPEC as seen from the work tree; the plan as it was read back. */
  plan(specFile: string): Promise<Plan>;
  /** The same with the text of a spec. */
  planText(spec: string): Promise<Plan>;
  /** Has a run begun here: is there a journal with a record? */
  hasRun(): boolean;
  /** The records of every run so far, oldest run first. */
  journals(): readonly (readonly JournalEntry[])[];
  remove(): void;
}

export function aWorkplace(rig: TestRig): Workplace {
  const folder = mkdtempSync(join(tmpdir(), "dextre-e2e-"));
  const planFile = join(folder, "plan.json");
  const environment = { ...rig.environment, XDG_STATE_HOME: join(folder, "state") };
  const dextre = (...args: readonly string[]): RunningProgram =>
    runDextre(args, { environment: { ...environment, CI: "true" }, folder });
  const plan = async (specFile: string): Promise<Plan> => {
    const end = await dextre("plan", "-f", specFile).ended;
    if (end.code !== 0) throw new Error(`plan ended ${end.code}:\n${end.stdout}${end.stderr}`);
    writeFileSync(planFile, end.stdout);
    return JSON.parse(end.stdout) as Plan;
  };
  return {
    folder,
    planFile,
    environment,
    dextre,
    plan: (specFile) => plan(resolve(workTree(), specFile)),
    planText(spec) {
      const file = join(folder, "spec.yaml");
      writeFileSync(file, spec);
      return plan(file);
    },
    hasRun: () => readJournals(join(folder, "state", "dextre")).some((entries) => entries.length > 0),
    journals: () => readJournals(join(folder, "state", "dextre")),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function readJournals(root: string): readonly (readonly JournalEntry[])[] {
  if (!existsSync(root)) return [];
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith("journal.jsonl"),
  );
  return files.sort().map((path) => {
    // the last line may be unfinished
    const lines = readFileSync(join(root, path), "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as JournalEntry);
  });
}

/** The group's capacity and instances, for comparing before with after. */
export async function capacity(rig: TestRig): Promise<{
  readonly desired: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly instances: readonly string[];
}> {
  const group = await describeGroup(rig);
  return {
    desired: group.DesiredCapacity,
    min: group.MinSize,
    max: group.MaxSize,
    instances: (group.Instances ?? []).map((instance) => instance.InstanceId ?? "").sort(),
  };
}

/** Workload status trails the pods by a moment, so it is given one. */
export async function awaitAllReady(rig: TestRig): Promise<Readonly<Record<string, string>>> {
  const wanted = JSON.stringify(ALL_READY);
  return waitUntil({ what: "every workload at its replicas", timeoutSeconds: 60 }, async () => {
    const ready = await readyByWorkload(rig);
    return JSON.stringify(ready) === wanted ? ready : undefined;
  });
}

/** Says what a program said where it ended otherwise than expected. */
export function expectExit(end: ProgramEnd, code: number): void {
  if (end.code === code) return;
  throw new Error(`ended ${end.code ?? end.signal}, expected ${code}:\n${end.stdout}\n${end.stderr}`);
}
