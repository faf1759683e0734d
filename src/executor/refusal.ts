import { GATEWAY_ERROR_CODES, GatewayError, JournalError } from "#gateway/ports.ts";
import type { Code } from "#model/codes.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { RunEnd } from "#model/run.ts";
import { LockLost } from "./held-lock.ts";

/** An end before any run was begun or taken up. */
export function refuse(exit: number, code: Code, message: string): RunEnd {
  return { exit, code, message, run: "", cordoned: [] };
}

/** What went wrong before the first step. */
export function refusalOf(error: unknown, stop: AbortSignal): RunEnd {
  if (stop.aborted) return refuse(EXIT.stopped, "E-SIGNAL", "stopped before anything was changed");
  if (error instanceof JournalError) {
    return refuse(error.code === "E-JOURNAL-WRITE" ? EXIT.failed : EXIT.refused, error.code, error.message);
  }
  if (error instanceof LockLost) return refuse(EXIT.locked, "E-LOCK-LOST", error.message);
  if (error instanceof GatewayError) {
    const asked = error.place === "" ? "" : `; asked: ${error.place}`;
    return refuse(EXIT.refused, GATEWAY_ERROR_CODES[error.kind], error.message + asked);
  }
  throw error;
}
