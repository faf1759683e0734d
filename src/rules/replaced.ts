import type { Code } from "#model/codes.ts";
import type { ObjectRef, Pod, Workload } from "#model/objects.ts";
import type { WaitReason } from "#model/run.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { byText, firstOf } from "./compare.ts";
import { podsOfRoot } from "./root-owner.ts";
import { troubleWords } from "./trouble-words.ts";

/** How long a Ready pod has been Ready, in seconds, on a clock that the caller trusts. */
export type ReadyForSeconds = (pod: Pod) => number;

export interface ReplacementQuestion {
  readonly snapshot: Snapshot;
  readonly victim: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly node: string;
  };
  /** Root owner; null for an unmanaged pod. */
  readonly owner: ObjectRef | null;
  /** Available pods of the owner before the eviction; null: nothing to get back to. */
  readonly availableBefore: number | null;
  readonly stableForSeconds: number;
  readonly readyForSeconds: ReadyForSeconds;
}

export type ReplacementAnswer =
  | {
      readonly kind: "settled";
      readonly code: Code;
      readonly message: string;
      readonly replacement: Pod | null;
    }
  | { readonly kind: "waiting"; readonly reason: WaitReason };

/**
 * Has the workload got back what the eviction took? Decided on the workload's pods themselves, in a
 * view that already shows the victim terminating or gone; never on a controller's status, which
 * keeps the old number for a moment. Timestamps cannot tell: a replacement may carry a creation
 * time before the eviction. Source: measured behaviour of kube-controller-manager v1.36.
 */
export function judgeReplacement(question: ReplacementQuestion): ReplacementAnswer {
  const { snapshot, victim, owner } = question;
  const seen = snapshot.podByUid(victim.uid);
  if (seen && seen.deletionAt === null && !isFinished(seen)) {
    return waiting("N-POD-TERMINATING", `${victim.name} is not yet seen to stop`);
  }
  if (!owner) return settled("R-NOTHING-COMES", `${victim.name} had no controller`, null);
  const workload = snapshot.workload(owner.uid);
  if (isKnownKind(owner.kind)) {
    if (!workload || workload.terminating) return settled("R-OWNER-GONE", `${describe(owner)} is gone`, null);
    if (workload.kind === "DaemonSet") return judgeDaemonPod(question);
    if (workload.job) return judgeJobPod(question, workload);
    if (workload.replicas === 0) return settled("R-OWNER-GONE", `${describe(owner)} is scaled to 0`, null);
  }
  return judgeByCount(question, workload);
}

/** Pods of a root owner that serve: not terminating, Ready for as long as the workload asks. */
export function availablePods(
  ownerUid: string,
  snapshot: Snapshot,
  needSeconds: number,
  readyForSeconds: ReadyForSeconds,
): readonly Pod[] {
  return podsOfRoot(ownerUid, snapshot).filter(
    (pod) => pod.deletionAt === null && pod.ready && readyForSeconds(pod) >= needSeconds,
  );
}

/** How many pods serve for the owner now, each Ready for long enough. */
export function countAvailable(
  owner: ObjectRef,
  snapshot: Snapshot,
  stableForSeconds: number,
  readyForSeconds: ReadyForSeconds,
): number {
  const need = needOf(snapshot.workload(owner.uid), stableForSeconds);
  return availablePods(owner.uid, snapshot, need, readyForSeconds).length;
}

/**
 * What a later judgement has to get back to: the owner's Ready pods, however short they have been
 * so, because one that is not yet looked at for long enough must not lower the bar. Of a Job: its
 * pods that run or have succeeded.
 */
export function countBefore(owner: ObjectRef, snapshot: Snapshot): number {
  if (snapshot.workload(owner.uid)?.job) return progressOf(owner.uid, snapshot).length;
  return availablePods(owner.uid, snapshot, 0, () => 0).length;
}

function judgeByCount(question: ReplacementQuestion, workload: Workload | undefined): ReplacementAnswer {
  const { snapshot, victim, owner, availableBefore } = question;
  if (!owner || availableBefore === null) return settled("R-ALREADY-SO", "nothing to get back to", null);
  const need = needOf(workload, question.stableForSeconds);
  const available = availablePods(owner.uid, snapshot, need, question.readyForSeconds);
  const wanted = workload ? Math.min(workload.replicas, availableBefore) : availableBefore;
  const namesake = owner.kind === "StatefulSet" ? namesakeOf(victim, snapshot) : undefined;
  const namesakeMissing =
    owner.kind === "StatefulSet" &&
    ordinalOf(victim.name) < (workload?.replicas ?? 0) &&
    wanted > 0 &&
    !available.some((pod) => pod.uid === namesake?.uid);
  if (available.length < wanted || namesakeMissing) {
    const awaited = namesakeMissing ? namesake : newcomerOf(question, available);
    return waiting(...whyNotYet(awaited, question, available.length, wanted));
  }
  const taker = owner.kind === "StatefulSet" ? namesake : newestOf(available);
  const isShrunk = workload !== undefined && workload.replicas < availableBefore;
  if (isShrunk && !(taker && taker === namesake))
    return settled("R-NOT-REPLACED", `${describe(owner)} asks for ${workload.replicas} now`, null);
  return settled("R-REPLACED", replacedBy(taker, owner), taker ?? null);
}

/** The pod that has the victim's name now, where it is another one that stays. */
function namesakeOf(victim: ReplacementQuestion["victim"], snapshot: Snapshot): Pod | undefined {
  const pod = snapshot.pod(victim.namespace, victim.name);
  return pod && pod.uid !== victim.uid && pod.deletionAt === null ? pod : undefined;
}

/** The newest pod of the owner that is to become available: for the explanation of a wait. */
function newcomerOf(question: ReplacementQuestion, counted: readonly Pod[]): Pod | undefined {
  const { snapshot, owner, victim } = question;
  if (!owner) return undefined;
  const done = new Set(counted.map((pod) => pod.uid));
  const coming = podsOfRoot(owner.uid, snapshot).filter(
    (pod) => pod.uid !== victim.uid && pod.deletionAt === null && !isFinished(pod) && !done.has(pod.uid),
  );
  return newestOf(coming.filter((pod) => !pod.ready)) ?? newestOf(coming);
}

/** By the server's own stamps, which compare with each other and with nothing else. */
function newestOf(pods: readonly Pod[]): Pod | undefined {
  return [...pods]
    .sort(
      firstOf(
        byText((pod) => pod.createdAt),
        byText((pod) => pod.name),
      ),
    )
    .at(-1);
}

function whyNotYet(
  pod: Pod | undefined,
  question: ReplacementQuestion,
  available: number,
  wanted: number,
): [Code, string] {
  const counts = `${available} of ${wanted} available`;
  const { owner, victim, snapshot } = question;
  if (!pod) {
    const isStopping = owner?.kind === "StatefulSet" && snapshot.podByUid(victim.uid) !== undefined;
    return isStopping
      ? ["N-POD-TERMINATING", `${victim.name} is still stopping (${counts})`]
      : ["N-NO-REPLACEMENT-YET", `no replacement for ${victim.name} yet (${counts})`];
  }
  if (pod.ready)
    return ["N-REPLACEMENT-NOT-READY", `${pod.name} is Ready, not yet for long enough (${counts})`];
  if (pod.trouble?.reason === "Unschedulable") {
    return ["N-REPLACEMENT-PENDING", `replacement ${pod.name} is Pending: ${troubleWords(pod.trouble)}`];
  }
  if (pod.trouble) {
    return [
      "N-REPLACEMENT-CRASHES",
      `replacement ${pod.name}: ${pod.trouble.reason} ${troubleWords(pod.trouble)}`.trim(),
    ];
  }
  const gates =
    pod.openReadinessGates.length > 0 ? `, readiness gate ${pod.openReadinessGates.join(", ")}` : "";
  return [
    "N-REPLACEMENT-NOT-READY",
    `replacement ${pod.name} is ${pod.phase}, not Ready${gates} (${counts})`,
  ];
}

/** A DaemonSet's pod comes back on its own node. */
function judgeDaemonPod(question: ReplacementQuestion): ReplacementAnswer {
  const { owner, snapshot, victim } = question;
  if (!owner) return settled("R-OWNER-GONE", "no owner", null);
  const need = needOf(snapshot.workload(owner.uid), question.stableForSeconds);
  const here = [...snapshot.podsOfController(owner.uid)].filter(
    (pod) =>
      pod.nodeName === victim.node && pod.uid !== victim.uid && pod.deletionAt === null && !isFinished(pod),
  );
  const back = here.find((pod) => pod.ready && question.readyForSeconds(pod) >= need);
  if (back) return settled("R-REPLACED", replacedBy(back, owner), back);
  const coming = newestOf(here);
  if (!coming && !snapshot.node(victim.node))
    return settled("R-NODE-GONE", `node ${victim.node} is gone`, null);
  return waiting(...whyNotYet(coming, question, 0, 1));
}

/** Job: a new active pod, or a Job that is over or suspended. */
function judgeJobPod(question: ReplacementQuestion, workload: Workload): ReplacementAnswer {
  const { owner, availableBefore, victim } = question;
  if (!owner || !workload.job) return settled("R-OWNER-GONE", "no owner", null);
  if (workload.job.finished !== "no" || workload.job.suspended) {
    const state = workload.job.finished === "no" ? "suspended" : workload.job.finished;
    return settled("R-JOB-SETTLED", `${describe(owner)} is ${state}`, null);
  }
  const progress = progressOf(owner.uid, question.snapshot);
  const running = progress.filter((pod) => pod.phase === "Running");
  const before = availableBefore ?? 0;
  if (progress.length >= before || running.length >= workload.replicas) {
    const newest = newestOf(running.filter((pod) => pod.uid !== victim.uid));
    return settled("R-REPLACED", replacedBy(newest, owner), newest ?? null);
  }
  return waiting(...whyNotYet(newcomerOf(question, progress), question, progress.length, before));
}

/**
 * Pods of a Job that run or have succeeded: it grows with the Job's progress, so that pods which
 * end well while one is being replaced do not look like a loss.
 */
function progressOf(ownerUid: string, snapshot: Snapshot): readonly Pod[] {
  return podsOfRoot(ownerUid, snapshot).filter(
    (pod) => pod.phase === "Succeeded" || (pod.deletionAt === null && pod.phase === "Running"),
  );
}

const KNOWN_KINDS: ReadonlySet<string> = new Set([
  "Deployment",
  "ReplicaSet",
  "StatefulSet",
  "DaemonSet",
  "Job",
]);

/** Kinds whose objects dextre watches: for these an absent object means a deleted one. */
export function isKnownKind(kind: string): boolean {
  return KNOWN_KINDS.has(kind);
}

const isFinished = (pod: Pod): boolean => pod.phase === "Succeeded" || pod.phase === "Failed";
const needOf = (workload: Workload | undefined, stableFor: number): number =>
  Math.max(workload?.minReadySeconds ?? 0, stableFor);
const ordinalOf = (name: string): number => Number(/-(\d+)$/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY);
const describe = (owner: ObjectRef): string => `${owner.kind} ${owner.name}`;

function replacedBy(pod: Pod | undefined, owner: ObjectRef): string {
  if (!pod) return `${describe(owner)} is back to its count`;
  if (owner.kind === "StatefulSet") return `ready again on ${pod.nodeName}`;
  return `replaced by ${pod.name} on ${pod.nodeName}`;
}

function settled(code: Code, message: string, replacement: Pod | null): ReplacementAnswer {
  return { kind: "settled", code, message, replacement };
}
function waiting(code: Code, message: string): ReplacementAnswer {
  return { kind: "waiting", reason: { code, message } };
}
