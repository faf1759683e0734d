import { Heap, type Scheduled } from "./heap.ts";

/** What the world itself will do later: controllers, kubelets, the cloud. Times in ms since epoch. */
export class Agenda {
  private readonly heap = new Heap();
  private readonly keyed = new Map<string, Scheduled>();
  private time: number;

  constructor(now: number) {
    this.time = now;
  }

  get now(): number {
    return this.time;
  }

  /** When the next thing is due; undefined when nothing will happen by itself. */
  nextAt(): number | undefined {
    return this.heap.peek()?.time;
  }

  after(delay: number, run: () => void): Scheduled {
    return this.heap.add(this.time + delay, run);
  }

  /** As `after`, but a key is pending at most once: the earlier of the two times holds. */
  once(key: string, delay: number, run: () => void): void {
    const due = this.time + delay;
    const pending = this.keyed.get(key);
    if (pending !== undefined && pending.time <= due) return;
    if (pending !== undefined) pending.cancelled = true;
    const entry = this.heap.add(due, () => {
      this.keyed.delete(key);
      run();
    });
    this.keyed.set(key, entry);
  }

  /** Forgets what was to happen under this key. */
  cancel(key: string): void {
    const pending = this.keyed.get(key);
    if (pending === undefined) return;
    pending.cancelled = true;
    this.keyed.delete(key);
  }

  isPending(key: string): boolean {
    return this.keyed.has(key);
  }

  /** Runs everything due up to `now`, each at its own time, and leaves the clock at `now`. */
  advance(now: number): void {
    for (let next = this.heap.peek(); next !== undefined && next.time <= now; next = this.heap.peek()) {
      this.heap.pop();
      if (next.time > this.time) this.time = next.time;
      next.run();
    }
    if (now > this.time) this.time = now;
  }
}
