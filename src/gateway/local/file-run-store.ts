import { fdatasyncSync, ftruncateSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plan } from "#model/plan.ts";
import { decodeJournal } from "#schema/journal-records.ts";
import { decodePlan, encodeSealedPlan } from "#schema/plan-file.ts";
import { type DamagedRun, type Journal, JournalError, type RunStore, type StoredRun } from "../ports.ts";
import { ChainedJournal } from "./chained-journal.ts";
import { makeFileSink } from "./file-sink.ts";
import {
  checkPrivateFolder,
  createPrivateForAppend,
  ensurePrivateFolder,
  openPrivateForAppend,
  readPrivateFile,
  writePrivateFile,
} from "./private-files.ts";
import { isFolderName } from "./run-id.ts";

/**
 * Run folders under a state folder: <state>/<cluster uid>/<run>/{plan.json, journal.jsonl}. Two
 * processes on one journal are kept apart by the lease, not here.
 */
export function makeFileRunStore(folder: string): RunStore {
  // Others read the path too, in the lock: for them it must not depend on where we stand.
  const stateFolder = resolve(folder);
  const folderOf = (clusterUid: string, run: string): string =>
    join(stateFolder, nameOf(clusterUid), nameOf(run));
  const prepare = (clusterUid: string): void => {
    ensurePrivateFolder(stateFolder);
    ensurePrivateFolder(join(stateFolder, nameOf(clusterUid)));
  };
  return {
    pathOf: folderOf,
    async prepare(clusterUid) {
      prepare(clusterUid);
    },
    async runs(clusterUid) {
      return readRuns(stateFolder, clusterUid).filter((run) => "entries" in run);
    },
    async damaged(clusterUid) {
      return readRuns(stateFolder, clusterUid).filter((run) => "message" in run);
    },
    async create(clusterUid, run, plan) {
      const folder = folderOf(clusterUid, run);
      prepare(clusterUid);
      ensurePrivateFolder(folder);
      writePrivateFile(join(folder, "plan.json"), encodeSealedPlan(plan));
      const descriptor = createPrivateForAppend(join(folder, "journal.jsonl"));
      return new ChainedJournal([], plan.digest, makeFileSink(descriptor, 0));
    },
    async open(clusterUid, run) {
      return openJournal(folderOf(clusterUid, run), run);
    },
  };
}

function nameOf(text: string): string {
  if (!isFolderName(text)) throw new JournalError(`"${text}" cannot name a folder`, "E-STATE-DIR");
  return text;
}

/** In order of time, because ids sort by time. */
function runNames(stateFolder: string, clusterFolder: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(clusterFolder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new JournalError(`${clusterFolder} cannot be read: ${String(error)}`, "E-STATE-DIR");
  }
  checkPrivateFolder(stateFolder);
  checkPrivateFolder(clusterFolder);
  return names.filter(isFolderName).sort();
}

/** A run that cannot be read stands in nobody's way but its own. */
function readRuns(stateFolder: string, clusterUid: string): readonly (StoredRun | DamagedRun)[] {
  const folder = join(stateFolder, nameOf(clusterUid));
  return runNames(stateFolder, folder).flatMap((run) => readRun(join(folder, run), run) ?? []);
}

/** undefined where the folder holds no plan: its run was never begun. */
function readRun(folder: string, run: string): StoredRun | DamagedRun | undefined {
  checkPrivateFolder(folder);
  let plan: Plan | null = null;
  try {
    plan = readPlan(folder) ?? null;
    if (plan === null) return undefined;
    const bytes = readPrivateFile(join(folder, "journal.jsonl")) ?? new Uint8Array();
    return { run, path: folder, plan, entries: decodeOrThrow(bytes, folder, run, plan).entries };
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== "E-JOURNAL-DAMAGED") throw error;
    return { run, path: folder, plan, message: error.message };
  }
}

function readPlan(folder: string): Plan | undefined {
  const path = join(folder, "plan.json");
  const bytes = readPrivateFile(path);
  if (bytes === undefined) return undefined;
  const decoded = decodePlan(new TextDecoder().decode(bytes), path);
  if (decoded.kind === "ok") return decoded.plan;
  throw new JournalError(decoded.diagnostics.map(({ message }) => message).join("; "), "E-JOURNAL-DAMAGED");
}

function openJournal(folder: string, run: string): Journal {
  checkPrivateFolder(folder);
  const plan = readPlan(folder);
  if (plan === undefined) throw new JournalError(`${folder} holds no plan`, "E-JOURNAL-DAMAGED");
  const path = join(folder, "journal.jsonl");
  const descriptor = openPrivateForAppend(path);
  if (descriptor === undefined) {
    return new ChainedJournal([], plan.digest, makeFileSink(createPrivateForAppend(path), 0));
  }
  const sink = makeFileSink(descriptor, 0);
  try {
    const bytes = readFileSync(descriptor);
    const { entries, head, tailBytes } = decodeOrThrow(bytes, folder, run, plan);
    const size = bytes.length - tailBytes;
    if (tailBytes > 0) {
      ftruncateSync(descriptor, size);
      fdatasyncSync(descriptor);
    }
    return new ChainedJournal(entries, head, makeFileSink(descriptor, size));
  } catch (error) {
    sink.close();
    if (error instanceof JournalError) throw error;
    throw new JournalError(`${path} cannot be opened: ${String(error)}`);
  }
}

function decodeOrThrow(bytes: Uint8Array, folder: string, run: string, plan: Plan) {
  const decoded = decodeJournal(bytes, plan.digest);
  if (decoded.kind === "ok") return decoded;
  const place = `${join(folder, "journal.jsonl")}:${decoded.sequence}`;
  throw new JournalError(
    `the journal of run ${run} is damaged at ${place}: ${decoded.message}`,
    "E-JOURNAL-DAMAGED",
  );
}
