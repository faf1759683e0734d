import type { WorldClock } from "#world/drivers/client.ts";
import type { Weather } from "./weather.ts";

const TIMER: readonly ["timerDelay"] = ["timerDelay"];

/** A process that is stopped hears nothing until it goes on. */
export class Gate {
  #held: Promise<void> | null = null;
  #open: () => void = () => undefined;

  /** Not null: wait for it before anything is told to the process. */
  get held(): Promise<void> | null {
    return this.#held;
  }

  close(): void {
    this.#held ??= new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#held = null;
    this.#open();
  }
}

/** No process of a seed comes near it but by a loop that does not end. */
const MOST_TIMERS = 1_000_000;

/** What is wrong with the clock of a machine, for every process on it. */
export interface MachineClock {
  /** Its milliseconds in a true one. */
  readonly rate: number;
  /** Of the wall clock alone, ms. */
  step: number;
}

/** The clock of one process on a machine whose clock is wrong, jumps, stands still or runs at another rate. */
export class FaultyClock implements WorldClock {
  /** While suspended the monotonic clock stood still for so long, ms. */
  suspended = 0;
  #timers = 0;
  readonly #inner: WorldClock;
  readonly #machine: MachineClock;
  readonly #gate: Gate;
  readonly #weather: Weather;
  readonly #epoch: number;

  /** epoch: when the clocks of all machines agreed. */
  constructor(inner: WorldClock, machine: MachineClock, gate: Gate, weather: Weather, epoch: number) {
    this.#inner = inner;
    this.#machine = machine;
    this.#gate = gate;
    this.#weather = weather;
    this.#epoch = epoch;
  }

  now(): number {
    const passed = this.#inner.now() - this.#epoch;
    return this.#epoch + Math.round(passed * this.#machine.rate) + this.#machine.step;
  }

  monotonic(): number {
    return (this.#inner.monotonic() - this.suspended) * this.#machine.rate;
  }

  uptime(): number {
    return this.#inner.uptime() * this.#machine.rate;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const leftNow = this.#timer(milliseconds);
    let left = leftNow();
    do {
      await this.#inner.sleep(left, signal);
      while (this.#gate.held) await this.#gate.held;
      left = leftNow();
    } while (left > 0);
  }

  after(milliseconds: number, act: () => void): () => void {
    let isOff = false;
    const leftNow = this.#timer(milliseconds);
    const fire = (): void => {
      if (isOff) return;
      const left = leftNow();
      if (this.#gate.held) void this.#gate.held.then(fire);
      else if (left > 0) callOff = this.#inner.after(left, fire);
      else act();
    };
    let callOff = this.#inner.after(leftNow(), fire);
    return () => {
      isOff = true;
      callOff();
    };
  }

  /** Tells how much of a new timer is left, in milliseconds of true time: it stands still with the machine. */
  #timer(milliseconds: number): () => number {
    const length = this.#lengthOf(milliseconds);
    const due = this.#inner.monotonic() - this.suspended + length;
    return () => Math.ceil(due - this.#inner.monotonic() + this.suspended);
  }

  /** How long a timer takes, in milliseconds of true time. */
  #lengthOf(milliseconds: number): number {
    this.#timers += 1;
    if (this.#timers > MOST_TIMERS) throw new Error("a process that sleeps this often does nothing else");
    let length = Math.max(0, milliseconds) / this.#machine.rate;
    if (this.#weather.draw(TIMER)) {
      this.#weather.count("timerDelay", `a timer of ${Math.round(milliseconds)} ms`);
      length += this.#weather.random.between(100, 20_000);
    }
    return Math.ceil(length);
  }
}
