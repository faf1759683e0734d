import type { RunEnd, RunEvent } from "#model/run.ts";
import type { LoggedRequest } from "#world/world.ts";
import type { Court, Rule, Suspect } from "./court.ts";

/** Silence of a step that is longer than this is a hang to whoever watches, ms. */
const SILENCE = 180_000;
/** Beyond a step's timeout: a clock that runs slow, timers that are late, the last call and its answer. */
const SLOWEST_CLOCK = 1.3;
const LATENESS = 400_000;

interface Begun {
  readonly at: number;
  readonly timeoutSeconds: number;
  /** Since then nothing was said of it; null: it is known what it waits for. */
  readonly silentSince: number | null;
}

/** I11: whoever watches is told what each step waits for, and each step and each run ends with a reason that is known. */
export class ProgressRule implements Rule {
  readonly #court: Court;
  /** Client → its steps that have not ended. */
  readonly #begun = new Map<string, Map<string, Begun>>();

  constructor(court: Court) {
    this.#court = court;
  }

  told(suspect: Suspect, event: RunEvent): void {
    switch (event.kind) {
      case "StepStarted": {
        const { now } = this.#court.world;
        const { step, timeoutSeconds } = event;
        const at = this.#stepsOf(suspect).get(step)?.at ?? now;
        this.#stepsOf(suspect).set(step, { at, timeoutSeconds, silentSince: now });
        return;
      }
      case "StepWaiting":
        this.#heard(suspect, event.step);
        return;
      case "Recorded": {
        const { record } = event.entry;
        if (!("step" in record)) return;
        this.#heard(suspect, record.step);
        if (record.kind === "StepResult") this.#stepsOf(suspect).delete(record.step);
        return;
      }
      case "Notice":
        return;
    }
  }

  #stepsOf({ name }: Suspect): Map<string, Begun> {
    const known = this.#begun.get(name);
    if (known) return known;
    const made = new Map<string, Begun>();
    this.#begun.set(name, made);
    return made;
  }

  #heard(suspect: Suspect, step: string): void {
    const begun = this.#stepsOf(suspect).get(step);
    if (!begun || begun.silentSince === null) return;
    this.#stepsOf(suspect).set(step, { ...begun, silentSince: null });
    const silence = this.#court.world.now - begun.silentSince;
    if (silence <= SILENCE) return;
    this.#court.report("I11", `${suspect.name} ${step} said nothing for ${Math.round(silence / 1000)} s`);
  }

  /** As often as the lock is renewed. */
  applied(suspect: Suspect, { request }: LoggedRequest): void {
    if (request.kind !== "kubernetes" || request.request.method !== "PUT") return;
    const steps = this.#begun.get(suspect.name);
    if (!steps) return;
    const { now } = this.#court.world;
    for (const [step, { at, timeoutSeconds }] of steps) {
      if (now - at <= timeoutSeconds * 1000 * SLOWEST_CLOCK + LATENESS) continue;
      const seconds = Math.round((now - at) / 1000);
      this.#court.report(
        "I11",
        `${suspect.name} ${step} has not ended after ${seconds} s, ${timeoutSeconds} s were given`,
      );
      steps.delete(step);
    }
  }

  woke({ name }: Suspect): void {
    const steps = this.#begun.get(name);
    const { now } = this.#court.world;
    for (const [step, begun] of steps ?? [])
      steps?.set(step, { ...begun, at: now, silentSince: begun.silentSince === null ? null : now });
  }

  ended(suspect: Suspect, end: RunEnd): void {
    this.#begun.delete(suspect.name);
    if (end.code === "E-UNEXPECTED" || end.message.includes("broken:"))
      this.#court.report("I11", `${suspect.name} ended unexpectedly: ${end.message}`);
    if (end.message === "") this.#court.report("I11", `${suspect.name} ended with ${end.code} and no reason`);
  }
}
