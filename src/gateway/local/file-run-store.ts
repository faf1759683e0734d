import { join, resolve } from "node:path";
import type { Plan } from "#model/plan.ts";
import { decodeJournal } from "#schema/journal-records.ts";
import { decodePlan, encodeSealedPlan } from "#schema/plan-file.ts";
import {
  type DamagedRun,
  type Journal,
  JournalError,
  type RunStore,
  type StoredRun,
  type StoredRuns,
} from "../ports.ts";
import { ChainedJournal } from "./chained-journal.ts";
import { makeFileSink } from "./file-sink.ts";
import { type Files, SYSTEM_FILES } from "./files.ts";
import { PrivateFiles } from "./private-files.ts";
import { isFolderName } from "./run-id.ts";

/**
 * Run folders under a state folder: <state>/<cluster uid>/<run>/{plan.json, journal.jsonl}. Two
 * processes on one journal are kept apart by the lease, not here.
 */
export function makeFileRunStore(folder: string, files: Files = SYSTEM_FILES): RunStore {
  return new FileRunStore(resolve(folder), files);
}

class FileRunStore implements RunStore {
  // Others read the path too, in the lock: for them it must not depend on where we stand.
  readonly #stateFolder: string;
  readonly #files: Files;
  readonly #private: PrivateFiles;

  constructor(stateFolder: string, files: Files) {
    this.#stateFolder = stateFolder;
    this.#files = files;
    this.#private = new PrivateFiles(files);
  }

  pathOf(clusterUid: string, run: string): string {
    return join(this.#stateFolder, nameOf(clusterUid), nameOf(run));
  }

  async prepare(clusterUid: string): Promise<void> {
    this.#prepare(clusterUid);
  }

  /** A run that cannot be read stands in nobody's way but its own. */
  async read(clusterUid: string): Promise<StoredRuns> {
    const folder = join(this.#stateFolder, nameOf(clusterUid));
    const all = this.#runNames(folder).flatMap((run) => this.#readRun(join(folder, run), run) ?? []);
    return {
      runs: all.filter((run) => "entries" in run),
      damaged: all.filter((run) => "message" in run),
    };
  }

  async create(clusterUid: string, run: string, plan: Plan): Promise<Journal> {
    const folder = this.pathOf(clusterUid, run);
    this.#prepare(clusterUid);
    this.#private.ensureFolder(folder);
    this.#private.write(join(folder, "plan.json"), encodeSealedPlan(plan));
    const descriptor = this.#private.createForAppend(join(folder, "journal.jsonl"));
    return new ChainedJournal([], plan.digest, makeFileSink(descriptor, 0, this.#files));
  }

  async open(clusterUid: string, run: string): Promise<Journal> {
    const folder = this.pathOf(clusterUid, run);
    this.#private.checkFolder(folder);
    const plan = this.#readPlan(folder);
    if (plan === undefined) throw new JournalError(`${folder} holds no plan`, "E-JOURNAL-DAMAGED");
    const path = join(folder, "journal.jsonl");
    const descriptor = this.#private.openForAppend(path);
    if (descriptor === undefined) {
      const made = this.#private.createForAppend(path);
      return new ChainedJournal([], plan.digest, makeFileSink(made, 0, this.#files));
    }
    try {
      return this.#openJournal(descriptor, folder, run, plan);
    } catch (error) {
      this.#files.close(descriptor);
      if (error instanceof JournalError) throw error;
      throw new JournalError(`${path} cannot be opened: ${String(error)}`);
    }
  }

  #prepare(clusterUid: string): void {
    this.#private.ensureFolder(this.#stateFolder);
    this.#private.ensureFolder(join(this.#stateFolder, nameOf(clusterUid)));
  }

  #openJournal(descriptor: number, folder: string, run: string, plan: Plan): Journal {
    const bytes = this.#files.read(descriptor);
    const { entries, head, tailBytes } = decodeOrThrow(bytes, folder, run, plan);
    const size = bytes.length - tailBytes;
    if (tailBytes > 0) {
      this.#files.truncate(descriptor, size);
      this.#files.syncData(descriptor);
    }
    return new ChainedJournal(entries, head, makeFileSink(descriptor, size, this.#files));
  }

  /** In order of time, because ids sort by time. */
  #runNames(clusterFolder: string): readonly string[] {
    let names: readonly string[];
    try {
      names = this.#files.namesIn(clusterFolder);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      const isFile = error instanceof Error && "code" in error && error.code === "ENOTDIR";
      const text = isFile
        ? `${this.#stateFolder} cannot keep runs: it, or what it is in, is a file and no folder`
        : `${clusterFolder} cannot be read: ${String(error)}`;
      throw new JournalError(text, "E-STATE-DIR");
    }
    this.#private.checkFolder(this.#stateFolder);
    this.#private.checkFolder(clusterFolder);
    return names.filter(isFolderName).sort();
  }

  /** undefined where the folder holds no plan: its run was never begun. */
  #readRun(folder: string, run: string): StoredRun | DamagedRun | undefined {
    this.#private.checkFolder(folder);
    let plan: Plan | null = null;
    try {
      plan = this.#readPlan(folder) ?? null;
      if (plan === null) return undefined;
      const bytes = this.#private.read(join(folder, "journal.jsonl")) ?? new Uint8Array();
      return { run, path: folder, plan, entries: decodeOrThrow(bytes, folder, run, plan).entries };
    } catch (error) {
      if (!(error instanceof JournalError) || error.code !== "E-JOURNAL-DAMAGED") throw error;
      return { run, path: folder, plan, message: error.message };
    }
  }

  #readPlan(folder: string): Plan | undefined {
    const path = join(folder, "plan.json");
    const bytes = this.#private.read(path);
    if (bytes === undefined) return undefined;
    const decoded = decodePlan(new TextDecoder().decode(bytes), path);
    if (decoded.kind === "ok") return decoded.plan;
    throw new JournalError(decoded.diagnostics.map(({ message }) => message).join("; "), "E-JOURNAL-DAMAGED");
  }
}

function nameOf(text: string): string {
  if (!isFolderName(text)) throw new JournalError(`"${text}" cannot name a folder`, "E-STATE-DIR");
  return text;
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
