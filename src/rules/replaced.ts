import type { Code } from "#model/codes.ts";
import type { ObjectRef, Pod, Workload } from "#model/objects.ts";
import type { WaitReason } from "#model/run.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { podsOfRoot } from "./root-owner.ts";

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
  return [...podsOfRoot(ownerUid, snapshot)].filter(
    (pod) => pod.deletionAt === null && pod.ready && readyForSeconds(pod) >= needSeconds,
  );
}

/** How many pods count for the owner now: what a later judgement has to get back to. */
export function countAvailable(
  owner: ObjectRef,
  snapshot: Snapshot,
  stableForSeconds: number,
  readyForSeconds: ReadyForSeconds,
): number {
  const workload = snapshot.workload(owner.uid);
  if (workload?.job) return activeJobPods(owner.uid, snapshot).length;
  return availablePods(owner.uid, snapshot, needOf(workload, stableForSeconds), readyForSeconds).length;
}

function judgeByCount(question: ReplacementQuestion, workload: Workload | undefined): ReplacementAnswer {
  const { snapshot, victim, owner, availableBefore } = question;
  if (!owner || availableBefore === null) return settled("R-ALREADY-SO", "nothing to get back to", null);
  const need = needOf(workload, question.stableForSeconds);
  const available = availablePods(owner.uid, snapshot, need, question.readyForSeconds);
  const wanted = workload ? Math.min(workload.replicas, availableBefore) : availableBefore;
  const newcomer = newcomerOf(question);
  const namesake = owner.kind === "StatefulSet" ? snapshot.pod(victim.namespace, victim.name) : undefined;
  const namesakeMissing =
    owner.kind === "StatefulSet" &&
    ordinalOf(victim.name) < (workload?.replicas ?? 0) &&
    wanted > 0 &&
    !(namesake && namesake.uid !== victim.uid && available.some((pod) => pod.uid === namesake.uid));
  if (available.length >= wanted && !namesakeMissing) {
    const replacement = namesake ?? newcomer;
    const shrunk = workload !== undefined && workload.replicas < availableBefore && !replacement;
    if (shrunk)
      return settled("R-NOT-REPLACED", `${describe(owner)} asks for ${workload.replicas} now`, null);
    return settled("R-REPLACED", replacedBy(replacement, owner), replacement ?? null);
  }
  return waiting(...whyNotYet(namesakeMissing ? namesake : newcomer, question, available.length, wanted));
}

/** The newest pod of the owner that is not the victim and not available yet, else the newest at all. */
function newcomerOf(question: ReplacementQuestion): Pod | undefined {
  const { snapshot, owner, victim } = question;
  if (!owner) return undefined;
  const others = [...podsOfRoot(owner.uid, snapshot)].filter(
    (pod) => pod.uid !== victim.uid && pod.deletionAt === null && !isFinished(pod),
  );
  const rank = (pod: Pod): string => `${pod.ready ? "0" : "1"}${pod.createdAt}${pod.name}`;
  return others.sort((one, other) => (rank(one) < rank(other) ? 1 : -1))[0];
}

function whyNotYet(
  pod: Pod | undefined,
  question: ReplacementQuestion,
  available: number,
  wanted: number,
): [Code, string] {
  const counts = `${available} of ${wanted} available`;
  const { owner, victim, snapshot } = question;
  if (!pod || pod.uid === victim.uid || pod.ready) {
    const stopping = owner?.kind === "StatefulSet" && snapshot.podByUid(victim.uid) !== undefined;
    if (stopping) return ["N-POD-TERMINATING", `${victim.name} is still stopping (${counts})`];
    if (pod?.ready)
      return ["N-REPLACEMENT-NOT-READY", `${pod.name} is Ready, not yet for long enough (${counts})`];
    return ["N-NO-REPLACEMENT-YET", `no replacement for ${victim.name} yet (${counts})`];
  }
  if (pod.trouble?.reason === "Unschedulable") {
    return ["N-REPLACEMENT-PENDING", `replacement ${pod.name} is Pending: ${pod.trouble.message}`];
  }
  if (pod.trouble) {
    return [
      "N-REPLACEMENT-CRASHES",
      `replacement ${pod.name}: ${pod.trouble.reason} ${pod.trouble.message}`.trim(),
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
  for (const pod of snapshot.podsOfController(owner.uid)) {
    if (pod.nodeName !== victim.node || pod.uid === victim.uid || pod.deletionAt !== null) continue;
    if (pod.ready && question.readyForSeconds(pod) >= need) {
      return settled("R-REPLACED", replacedBy(pod, owner), pod);
    }
    return waiting("N-REPLACEMENT-NOT-READY", `replacement ${pod.name} is ${pod.phase}, not Ready`);
  }
  if (!snapshot.node(victim.node)) return settled("R-NODE-GONE", `node ${victim.node} is gone`, null);
  return waiting("N-NO-REPLACEMENT-YET", `no replacement for ${victim.name} on ${victim.node} yet`);
}

/** Job: a new active pod, or a Job that is over or suspended. */
function judgeJobPod(question: ReplacementQuestion, workload: Workload): ReplacementAnswer {
  const { owner, availableBefore, victim } = question;
  if (!owner || !workload.job) return settled("R-OWNER-GONE", "no owner", null);
  if (workload.job.finished !== "no" || workload.job.suspended) {
    const state = workload.job.finished === "no" ? "suspended" : workload.job.finished;
    return settled("R-JOB-SETTLED", `${describe(owner)} is ${state}`, null);
  }
  const active = activeJobPods(owner.uid, question.snapshot);
  if (active.length >= Math.min(workload.replicas, availableBefore ?? 0)) {
    const newest = active.filter((pod) => pod.uid !== victim.uid).at(-1);
    return settled("R-REPLACED", replacedBy(newest, owner), newest ?? null);
  }
  return waiting(...whyNotYet(newcomerOf(question), question, active.length, availableBefore ?? 0));
}

/** Running or successfully finished pods of a Job: what counts as its progress. */
function activeJobPods(ownerUid: string, snapshot: Snapshot): readonly Pod[] {
  return [...podsOfRoot(ownerUid, snapshot)]
    .filter((pod) => pod.deletionAt === null && (pod.phase === "Running" || pod.phase === "Succeeded"))
    .sort((one, other) => (one.createdAt + one.name < other.createdAt + other.name ? -1 : 1));
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
