import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { Job } from "#world/kubernetes/workload-types.ts";
import type { LoggedRequest, WorldChange } from "#world/world.ts";
import type { Court, Effect, Rule, Suspect } from "./court.ts";
import { isSuccess, writeOf } from "./requests.ts";
import { isFinished, jobOf } from "./truth.ts";

/** A pod that a Job lost. */
interface Loss {
  readonly pod: string;
  readonly at: number;
  /** The process that evicted it; null: somebody else took it. */
  by: string | null;
}

/** I1: no Job fails by an eviction too many, unless the spec accepts that. */
export class JobRule implements Rule {
  readonly #court: Court;
  /** Job → what it lost, the newest last. */
  readonly #losses = new Map<string, Loss[]>();

  constructor(court: Court) {
    this.#court = court;
  }

  changed(change: WorldChange): void {
    if (change.plural === "jobs") this.#judge(change.object as Job, change.previous as Job | undefined);
    if (change.plural !== "pods") return;
    const [pod, before] = [change.object as Pod, change.previous as Pod | undefined];
    if (before === undefined || isLost(before) || !(change.type === "DELETED" || isLost(pod))) return;
    const job = jobOf(pod, this.#court.world);
    if (!job) return;
    const losses = this.#losses.get(job.metadata.uid) ?? [];
    losses.push({ pod: pod.metadata.uid, at: change.time, by: null });
    this.#losses.set(job.metadata.uid, losses);
  }

  applied(suspect: Suspect, logged: LoggedRequest, { turned }: Effect): void {
    const write = writeOf(logged.request);
    if (write?.kind !== "evict" || write.uid === undefined || !isSuccess(logged)) return;
    if (!turned.includes(write.uid) || suspect.plan?.content.spec.pods.jobs === "evict") return;
    for (const losses of this.#losses.values()) {
      const loss = losses.at(-1);
      if (loss?.pod === write.uid && loss.at === logged.time) loss.by = suspect.name;
    }
  }

  /** It is the last loss that fails a Job; what others took at the same time nobody could know of. */
  #judge(job: Job, before: Job | undefined): void {
    if (!isFailed(job) || (before && isFailed(before))) return;
    const losses = this.#losses.get(job.metadata.uid) ?? [];
    const last = losses.at(-1);
    if (!last || last.by === null) return;
    const since = last.at - this.#court.circumstances.viewLagMs;
    if (losses.some(({ by, at }) => by === null && at >= since)) return;
    this.#court.report("I1", `${last.by} evicted so many pods of Job ${job.metadata.name} that it failed`);
  }
}

const isLost = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined || isFinished(pod);

const isFailed = ({ status }: Job): boolean =>
  status.conditions?.some(
    (one) => (one.type === "FailureTarget" || one.type === "Failed") && one.status === "True",
  ) ?? false;
