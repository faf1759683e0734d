import { constants } from "node:fs";
import { dirname } from "node:path";
import type { FileFacts, Files } from "#gateway/local/files.ts";

/** What the pages of a file hold: pieces in their order, and how many of them a power loss spares. */
interface File {
  readonly kind: "file";
  pieces: Uint8Array[];
  synced: number;
  /** Bytes from the beginning that are known to be durable, name and all. */
  told: number;
}

interface Folder {
  readonly kind: "folder";
}

type Entry = File | Folder;

/** What happens to one process's calls, before and after they reach the disk. */
export interface DiskWatcher {
  /** Before bytes are appended: how many of them the disk takes. Throws what the system would. */
  onWrite(path: string, bytes: Uint8Array): number;
  /** Before a sync of a file. Throws what the system would. */
  onSync(path: string): void;
  /** These bytes are durable from now on; `offset` of them came before. */
  onDurable(path: string, text: string, offset: number): void;
  /** Nothing that a dead process does reaches the disk. */
  isDead(): boolean;
}

const QUIET: DiskWatcher = {
  onWrite: (_, bytes) => bytes.length,
  onSync: () => undefined,
  onDurable: () => undefined,
  isDead: () => false,
};

/**
 * A disk in memory that keeps apart what processes see and what a power loss leaves: bytes and names
 * are durable once they were synced, and not before.
 */
export class Disk {
  #entries = new Map<string, Entry>([["/", { kind: "folder" }]]);
  #durable = new Map<string, Entry>([["/", { kind: "folder" }]]);
  #descriptors = 10;

  /** The file system as one process sees it. */
  files(watcher: DiskWatcher = QUIET): Files {
    return new DiskFiles(this, watcher);
  }

  nextDescriptor(): number {
    this.#descriptors += 1;
    return this.#descriptors;
  }

  get(path: string): Entry | undefined {
    return this.#entries.get(path);
  }

  put(path: string, entry: Entry): void {
    this.#entries.set(path, entry);
  }

  remove(path: string): void {
    this.#entries.delete(path);
  }

  childrenOf(path: string): readonly string[] {
    return [...this.#entries.keys()].filter((other) => other !== "/" && dirname(other) === path).sort();
  }

  /** The names in a folder are durable. */
  syncNames(folder: string): void {
    for (const path of [...this.#durable.keys()])
      if (path !== "/" && dirname(path) === folder && !this.#entries.has(path)) this.#durable.delete(path);
    for (const path of this.childrenOf(folder)) {
      const entry = this.#entries.get(path);
      if (entry) this.#durable.set(path, entry);
    }
  }

  /** The power goes: names and bytes that were not synced are lost; of the last piece `kept` bytes are not. */
  losePower(kept: number): void {
    this.#entries = new Map([...this.#durable].filter(([path]) => this.#isReachable(path)));
    for (const entry of this.#entries.values()) {
      if (entry.kind !== "file") continue;
      const lost = entry.pieces[entry.synced];
      entry.pieces = entry.pieces.slice(0, entry.synced);
      if (lost && kept > 0) entry.pieces.push(lost.slice(0, Math.min(kept, lost.length - 1)));
      entry.synced = entry.pieces.length;
    }
  }

  /** Would a power loss leave the file its name? */
  isNameDurable(path: string): boolean {
    return this.#durable.get(path) === this.#entries.get(path) && this.#isReachable(path);
  }

  /** Paths of all files in a folder and below. */
  filesBelow(folder: string): readonly string[] {
    const start = folder === "/" ? "/" : `${folder}/`;
    return [...this.#entries]
      .filter(([path, entry]) => entry.kind === "file" && path.startsWith(start))
      .map(([path]) => path);
  }

  #isReachable(path: string): boolean {
    return path === "/" || (this.#durable.has(dirname(path)) && this.#isReachable(dirname(path)));
  }

  /** Everything below the folder is gone, as on another machine. */
  wipe(folder: string): void {
    for (const map of [this.#entries, this.#durable])
      for (const path of [...map.keys()]) if (path.startsWith(`${folder}/`)) map.delete(path);
  }

  /** Other bytes in a file's place: a damage, or what a crash left of it. */
  replace(path: string, bytes: Uint8Array): void {
    const entry = this.#entries.get(path);
    if (entry?.kind !== "file") throw systemError("ENOENT", "replace", path);
    entry.pieces = [bytes];
    entry.synced = 1;
  }

  /** Paths and contents of all files of that name. */
  contents(name: string): readonly { readonly path: string; readonly bytes: Uint8Array }[] {
    return [...this.#entries].flatMap(([path, entry]) =>
      entry.kind === "file" && path.endsWith(`/${name}`) ? [{ path, bytes: bytesOf(entry) }] : [],
    );
  }
}

const bytesOf = (file: File): Uint8Array => {
  if (file.pieces.length !== 1) {
    const whole = Buffer.concat(file.pieces);
    if (file.synced === file.pieces.length) {
      file.pieces = [whole];
      file.synced = 1;
    }
    return whole;
  }
  return file.pieces[0] ?? new Uint8Array();
};

/** As Node's: the message begins with the code. */
export function systemError(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code });
}

class DiskFiles implements Files {
  readonly #disk: Disk;
  readonly #watcher: DiskWatcher;
  readonly #open = new Map<number, { readonly path: string; readonly entry: Entry }>();

  constructor(disk: Disk, watcher: DiskWatcher) {
    this.#disk = disk;
    this.#watcher = watcher;
  }

  open(path: string, flags: number): number {
    this.#live();
    const there = this.#disk.get(path);
    if (there && (flags & constants.O_EXCL) !== 0) throw systemError("EEXIST", "open", path);
    if (!there && (flags & constants.O_CREAT) === 0) throw systemError("ENOENT", "open", path);
    if (!there && this.#disk.get(dirname(path))?.kind !== "folder") throw systemError("ENOENT", "open", path);
    const entry: Entry = there ?? { kind: "file", pieces: [], synced: 0, told: 0 };
    this.#disk.put(path, entry);
    const descriptor = this.#disk.nextDescriptor();
    this.#open.set(descriptor, { path, entry });
    return descriptor;
  }

  close(descriptor: number): void {
    this.#open.delete(descriptor);
  }

  facts(descriptor: number): FileFacts {
    return factsOf(this.#at(descriptor).entry);
  }

  factsOf(path: string): FileFacts {
    const entry = this.#disk.get(path);
    if (!entry) throw systemError("ENOENT", "lstat", path);
    return factsOf(entry);
  }

  read(descriptor: number): Uint8Array {
    return bytesOf(this.#fileAt(descriptor).file);
  }

  write(descriptor: number, bytes: Uint8Array): number {
    const { file, path } = this.#fileAt(descriptor);
    const taken = this.#watcher.onWrite(path, bytes);
    if (taken > 0) file.pieces.push(bytes.slice(0, taken));
    this.#live();
    return taken;
  }

  truncate(descriptor: number, size: number): void {
    const { file } = this.#fileAt(descriptor);
    const durable = Math.min(size, sizeOf(file.pieces.slice(0, file.synced)));
    const bytes = bytesOf(file);
    file.pieces = [bytes.slice(0, durable), bytes.slice(durable, size)];
    file.synced = 1;
    file.told = Math.min(file.told, durable);
  }

  sync(descriptor: number): void {
    const { path, entry } = this.#at(descriptor);
    if (entry.kind === "folder") {
      this.#disk.syncNames(path);
      for (const file of this.#disk.filesBelow(path)) this.#tell(file);
      return;
    }
    this.#watcher.onSync(path);
    this.#live();
    entry.synced = entry.pieces.length;
    this.#tell(path);
  }

  /** What is synced is durable once its name is. */
  #tell(path: string): void {
    const file = this.#disk.get(path);
    if (file?.kind !== "file" || !this.#disk.isNameDurable(path)) return;
    const fresh = bytesFrom(file, file.told);
    if (fresh.length === 0) return;
    const offset = file.told;
    file.told += fresh.length;
    this.#watcher.onDurable(path, fresh.toString("utf8"), offset);
  }

  syncData(descriptor: number): void {
    this.sync(descriptor);
  }

  makeFolder(path: string): void {
    this.#live();
    if (this.#disk.get(path)) throw systemError("EEXIST", "mkdir", path);
    if (this.#disk.get(dirname(path))?.kind !== "folder") throw systemError("ENOENT", "mkdir", path);
    this.#disk.put(path, { kind: "folder" });
  }

  namesIn(path: string): readonly string[] {
    if (this.#disk.get(path)?.kind !== "folder") throw systemError("ENOENT", "scandir", path);
    return this.#disk.childrenOf(path).map((child) => child.slice(path === "/" ? 1 : path.length + 1));
  }

  rename(from: string, to: string): void {
    this.#live();
    const entry = this.#disk.get(from);
    if (!entry) throw systemError("ENOENT", "rename", from);
    this.#disk.remove(from);
    this.#disk.put(to, entry);
  }

  unlink(path: string): void {
    this.#live();
    if (!this.#disk.get(path)) throw systemError("ENOENT", "unlink", path);
    this.#disk.remove(path);
  }

  #live(): void {
    if (this.#watcher.isDead()) throw systemError("EIO", "dead", "");
  }

  #at(descriptor: number): { readonly path: string; readonly entry: Entry } {
    this.#live();
    const open = this.#open.get(descriptor);
    if (!open) throw systemError("EBADF", "file", String(descriptor));
    return open;
  }

  #fileAt(descriptor: number): { readonly path: string; readonly file: File } {
    const { path, entry } = this.#at(descriptor);
    if (entry.kind !== "file") throw systemError("EISDIR", "file", path);
    return { path, file: entry };
  }
}

/** The synced bytes behind the first `start`. */
function bytesFrom({ pieces, synced }: File, start: number): Buffer {
  let before = sizeOf(pieces.slice(0, synced));
  let first = synced;
  while (first > 0 && before > start) {
    first -= 1;
    before -= pieces[first]?.length ?? 0;
  }
  return Buffer.concat(pieces.slice(first, synced)).subarray(start - before);
}

const sizeOf = (pieces: readonly Uint8Array[]): number =>
  pieces.reduce((sum, piece) => sum + piece.length, 0);

function factsOf(entry: Entry): FileFacts {
  const size = entry.kind === "file" ? sizeOf(entry.pieces) : 0;
  return {
    size,
    uid: process.getuid?.() ?? 0,
    mode: 0o700,
    isFile: () => entry.kind === "file",
    isDirectory: () => entry.kind === "folder",
  };
}
