import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { Host } from "../ports.ts";

/** This machine and process. */
export const systemHost: Host = {
  name: hostname(),
  pid: process.pid,
  machine: machineMark(),
  nonce: randomBytes(6).toString("hex"),
  isProcessAlive,
};

/**
 * Host names repeat ("localhost"), and containers on one machine each count their own pids. The boot
 * and the space of pids tell them apart; where a system has neither, its name has to do.
 */
function machineMark(): string {
  const facts = [hostname(), read(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim())];
  facts.push(read(() => readlinkSync("/proc/self/ns/pid")));
  return createHash("sha256").update(facts.join(" ")).digest("hex").slice(0, 12);
}

function read(fact: () => string): string {
  try {
    return fact();
  } catch {
    return "";
  }
}

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
