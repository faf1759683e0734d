import { hostname } from "node:os";
import type { Host } from "../ports.ts";

/** This machine and process. */
export const systemHost: Host = { name: hostname(), pid: process.pid, isProcessAlive };

/** Asks with signal 0, which reaches nobody. EPERM: alive, but somebody else's. */
function isProcessAlive(pid: number): boolean | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) return null;
    if (error.code === "ESRCH") return false;
    return error.code === "EPERM" ? true : null;
  }
}
