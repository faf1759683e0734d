/** Something that happens at a time (ms since epoch); ties go by the order of insertion. */
export interface Scheduled {
  readonly time: number;
  readonly sequence: number;
  cancelled: boolean;
  readonly run: () => void;
}

function isBefore(left: Scheduled, right: Scheduled): boolean {
  return left.time < right.time || (left.time === right.time && left.sequence < right.sequence);
}

/** A binary heap of (time, sequence). Cancelled entries are dropped when they come up. */
export class Heap {
  private readonly entries: Scheduled[] = [];
  private sequence = 0;

  add(time: number, run: () => void): Scheduled {
    const entry: Scheduled = { time, sequence: this.sequence++, cancelled: false, run };
    this.entries.push(entry);
    this.rise(this.entries.length - 1);
    return entry;
  }

  /** The earliest entry that is still wanted. */
  peek(): Scheduled | undefined {
    let first = this.entries[0];
    while (first?.cancelled === true) {
      this.removeFirst();
      first = this.entries[0];
    }
    return first;
  }

  pop(): Scheduled | undefined {
    const first = this.peek();
    if (first !== undefined) this.removeFirst();
    return first;
  }

  private removeFirst(): void {
    const last = this.entries.pop();
    if (last === undefined || this.entries.length === 0) return;
    this.entries[0] = last;
    this.sink(0);
  }

  private rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  private sink(start: number): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const smaller = this.isIndexBefore(right, left) ? right : left;
      if (!this.swapIfBefore(smaller, index)) return;
      index = smaller;
    }
  }

  private isIndexBefore(left: number, right: number): boolean {
    const one = this.entries[left];
    const two = this.entries[right];
    return one !== undefined && two !== undefined && isBefore(one, two);
  }

  private swapIfBefore(left: number, right: number): boolean {
    const one = this.entries[left];
    const two = this.entries[right];
    if (one === undefined || two === undefined || !isBefore(one, two)) return false;
    this.entries[left] = two;
    this.entries[right] = one;
    return true;
  }
}
