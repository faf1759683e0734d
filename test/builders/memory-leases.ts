import {
  GatewayError,
  type LeaseAnswer,
  type LeasePort,
  type LeaseView,
  type LeaseWrite,
} from "#gateway/ports.ts";

/** How a write fails: before it took effect, after it (its answer is lost), or not at all. */
export type LeaseFault = "none" | "lost" | "answer-lost";

/** The lock's lease on a server of one object, compare-and-set by version. */
export class MemoryLeases implements LeasePort {
  lease: LeaseView | undefined;
  hasNamespace = true;
  mayCreateNamespace = true;
  /** What happens to the writes from here on. */
  fault: LeaseFault = "none";
  isReachable = true;
  readonly writes: LeaseWrite[] = [];
  #version = 0;

  async read(signal?: AbortSignal): Promise<LeaseView | undefined> {
    if (signal?.aborted) throw new GatewayError("aborted", "stopped");
    if (!this.isReachable) throw new GatewayError("unreachable", "get lease: no answer");
    return this.lease;
  }

  async write(write: LeaseWrite, signal?: AbortSignal): Promise<LeaseAnswer> {
    if (signal?.aborted || this.fault === "lost") return { kind: "unknown", message: "no answer" };
    const answer = this.#apply(write);
    return this.fault === "answer-lost" ? { kind: "unknown", message: "no answer" } : answer;
  }

  async createNamespace(): Promise<"done" | "forbidden" | "unknown"> {
    if (!this.mayCreateNamespace) return "forbidden";
    this.hasNamespace = true;
    return "done";
  }

  /** As somebody with kubectl would. */
  edit(fields: Partial<LeaseView>): void {
    if (this.lease) this.lease = { ...this.lease, ...fields, resourceVersion: this.#next() };
  }

  #apply(write: LeaseWrite): LeaseAnswer {
    if (!this.hasNamespace) return { kind: "no-namespace" };
    const { replaces, ...written } = write;
    if (this.lease?.uid !== replaces?.uid || this.lease?.resourceVersion !== replaces?.resourceVersion) {
      return { kind: "conflict" };
    }
    this.writes.push(write);
    this.lease = { ...written, uid: replaces?.uid ?? `uid-${this.#next()}`, resourceVersion: this.#next() };
    return { kind: "done", lease: this.lease };
  }

  #next(): string {
    this.#version += 1;
    return String(this.#version);
  }
}
