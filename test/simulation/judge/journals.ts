import { createHash } from "node:crypto";

interface Line {
  readonly sequence: number;
  readonly prev: string;
  readonly hash: string;
  readonly record: {
    readonly kind: string;
    readonly step?: string;
    readonly lane?: string;
    readonly intent?: Readonly<Record<string, unknown>> & { readonly kind: string };
    readonly steps?: readonly { readonly target: { readonly uid: string; readonly node: string } }[];
  };
}

/** What the durable bytes of one run's journal say, read without dextre's own reader. */
export class JournalTruth {
  readonly run: string;
  /** "EvictPod UID", "TerminateInstance ID", "CordonNode UID", "UncordonNode UID". */
  readonly intents = new Set<string>();
  /** Pods that the plan does not name: UID → node. */
  readonly discovered = new Map<string, string>();
  readonly discoveredByLane = new Map<string, number>();
  /** By the world's clock; null before the first record. */
  firstAt: number | null = null;
  /** Lanes that go no further until a process takes the run up again. */
  readonly stoppedLanes = new Set<string>();
  isFinished = false;
  isClosed = false;
  lines = 0;
  /** Processes that went on with it. */
  sessions = 0;
  bytes = 0;
  /** The first thing that is wrong with the bytes; null: nothing is. */
  fault: string | null = null;
  #head: string | null = null;
  #rest = "";

  constructor(run: string) {
    this.run = run;
  }

  /** `offset` bytes came before; those that are known already are passed over. */
  add(text: string, offset: number): void {
    const fresh = text.slice(Math.max(0, this.bytes - offset));
    this.bytes += fresh.length;
    const lines = (this.#rest + fresh).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#read(line);
  }

  #read(text: string): void {
    this.lines += 1;
    let line: Line;
    try {
      line = JSON.parse(text) as Line;
    } catch {
      this.fault ??= `line ${this.lines} is no JSON`;
      return;
    }
    const body = text.slice(0, text.lastIndexOf(',"hash":"'));
    const hash = `sha256:${createHash("sha256").update(body).digest("hex")}`;
    if (hash !== line.hash) this.fault ??= `the hash of line ${this.lines} is wrong`;
    if (this.#head !== null && this.#head !== line.prev)
      this.fault ??= `line ${this.lines} does not follow the one before`;
    if (line.sequence !== this.lines) this.fault ??= `line ${this.lines} has number ${line.sequence}`;
    this.#head = line.hash;
    this.#note(line.record);
  }

  #note({ kind, intent, steps, lane = "" }: Line["record"]): void {
    if (kind === "RunStarted" || kind === "RunResumed" || kind === "AbortStarted") this.sessions += 1;
    if (kind === "RunResumed") this.stoppedLanes.clear();
    if (kind === "LaneStopped") this.stoppedLanes.add(lane);
    if (kind === "RunFinished") this.isFinished = true;
    if (kind === "RunAborted") this.isClosed = true;
    if (intent) {
      const id = intent.podUid ?? intent.instanceId ?? intent.nodeUid;
      this.intents.add(`${intent.kind} ${String(id)}`);
    }
    const pod = kind === "PodDiscovered" ? steps?.[0]?.target : undefined;
    if (!pod) return;
    this.discovered.set(pod.uid, pod.node);
    this.discoveredByLane.set(lane, (this.discoveredByLane.get(lane) ?? 0) + 1);
  }
}
