import type { RunEnd, RunEvent } from "#model/run.ts";
import type { Court, Rule, Suspect } from "./court.ts";

/** Silence of a step that is longer than this is a hang to whoever watches, ms. */
const SILENCE = 180_000;

/** I11: whoever watches is told what each step waits for, and a run ends with a reason that is known. */
export class ProgressRule implements Rule {
  readonly #court: Court;
  /** "CLIENT STEP" → when it was begun without a word since. */
  readonly #silent = new Map<string, number>();

  constructor(court: Court) {
    this.#court = court;
  }

  told(suspect: Suspect, event: RunEvent): void {
    switch (event.kind) {
      case "StepStarted":
        this.#silent.set(`${suspect.name} ${event.step}`, this.#court.world.now);
        return;
      case "StepWaiting":
        this.#heard(suspect, event.step);
        return;
      case "Recorded":
        if ("step" in event.entry.record) this.#heard(suspect, event.entry.record.step);
        return;
      case "Notice":
        return;
    }
  }

  #heard(suspect: Suspect, step: string): void {
    const key = `${suspect.name} ${step}`;
    const since = this.#silent.get(key);
    this.#silent.delete(key);
    if (since === undefined || this.#court.world.now - since <= SILENCE) return;
    const seconds = Math.round((this.#court.world.now - since) / 1000);
    this.#court.report("I11", `${key} said nothing for ${seconds} s`);
  }

  woke(suspect: Suspect): void {
    for (const key of [...this.#silent.keys()])
      if (key.startsWith(`${suspect.name} `)) this.#silent.set(key, this.#court.world.now);
  }

  ended(suspect: Suspect, end: RunEnd): void {
    if (end.code === "E-UNEXPECTED" || end.message.includes("broken:"))
      this.#court.report("I11", `${suspect.name} ended unexpectedly: ${end.message}`);
    if (end.message === "") this.#court.report("I11", `${suspect.name} ended with ${end.code} and no reason`);
  }
}
