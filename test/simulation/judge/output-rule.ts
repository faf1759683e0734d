import type { RunEnd, RunEvent } from "#model/run.ts";
import type { Court, Rule, Suspect } from "./court.ts";

/** Stands in the annotations of every drawn workload's pods, and must stand nowhere else. */
export const CANARY = "canary-5f3c9e";

/** I14: no secret leaves the cluster by what dextre says or writes. */
export class OutputRule implements Rule {
  readonly #court: Court;

  constructor(court: Court) {
    this.#court = court;
  }

  told(suspect: Suspect, event: RunEvent): void {
    if (event.kind === "StepWaiting") this.#judge(suspect, event.reason.message);
    if (event.kind === "Notice") this.#judge(suspect, event.message);
    if (event.kind === "Recorded") {
      const { record } = event.entry;
      if ("message" in record) this.#judge(suspect, record.message);
    }
  }

  ended(suspect: Suspect, end: RunEnd): void {
    this.#judge(suspect, end.message);
  }

  #judge(suspect: Suspect, text: string): void {
    if (text.includes(CANARY)) this.#court.report("I14", `${suspect.name} tells a secret: ${text}`);
  }
}
