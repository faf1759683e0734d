import { existsSync } from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { RigError } from "./rig-error.ts";

/** The root of the work tree, found from this module upwards: it runs as source and bundled. */
export function workTree(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "test", "rig", "control-plane", "go.mod"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new RigError(`no work tree of dextre above ${import.meta.dirname}`);
    folder = parent;
  }
  return folder;
}

/** A file of the rig's own folder. */
export function rigAsset(...parts: readonly string[]): string {
  return join(workTree(), "test", "rig", ...parts);
}

/** Where built binaries and the Python environment are kept between rigs and clones. */
export function cacheRoot(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "dextre-rig");
}

/** Where running rigs keep their state: outside the work tree, gone with a reboot. */
export function stateRoot(): string {
  return join(tmpdir(), `dextre-rig-${userInfo().uid}`);
}
