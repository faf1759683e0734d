import type { Clock, ClusterPort } from "#gateway/ports.ts";
import type { CordonMarker, Node } from "#model/objects.ts";
import type { CordonNodeStep, EvictPodStep, PlanContent } from "#model/plan.ts";
import { isCordonedByOthers } from "#rules/cordon.ts";
import type { HeldLock } from "./held-lock.ts";
import type { Recorder } from "./recorder.ts";
import { stepsOfLane } from "./run-state.ts";
import { isOverAsExcluded } from "./skip-lane.ts";

export interface TakeBackOptions {
  readonly content: PlanContent;
  readonly run: string;
  readonly recorder: Recorder;
  readonly lock: HeldLock;
  readonly cluster: ClusterPort;
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

/**
 * A node that stopped before any of its pods was evicted gets its cordon taken back: it is as good
 * as it was. One that was begun stays cordoned, for a resume or an abort.
 */
export async function takeBackCordon(lane: string, options: TakeBackOptions): Promise<void> {
  const { state } = options.recorder;
  const steps = stepsOfLane(options.content, state, lane);
  const cordon = steps.find((step) => step.kind === "CordonNode");
  const intent = cordon && state.intents.get(cordon.id);
  if (cordon?.kind !== "CordonNode" || intent?.kind !== "CordonNode") return;
  // It was drained before us and shall not fill up again because we could not go on; an abort gives it back.
  if (intent.drainedBy !== undefined) return;
  // Somebody uncordoned it: our mark stays, so that a resume asks for their cordon before it goes on.
  if (state.stoppedLanes.get(lane)?.code === "E-HUMAN-UNCORDON") return;
  for (const step of steps) {
    if (step.kind === "EvictPod" && state.intents.has(step.id) && (await wasEvicted(step, options))) return;
  }
  await removeAndRecord(cordon, options);
}

/** A node that its target excludes now is not ours to hold, whatever was evicted from it before. */
export async function giveBackExcluded(lane: string, options: TakeBackOptions): Promise<void> {
  const { state } = options.recorder;
  const steps = stepsOfLane(options.content, state, lane);
  const cordon = steps.find((step) => step.kind === "CordonNode");
  if (cordon?.kind !== "CordonNode" || !state.intents.has(cordon.id)) return;
  const end = await removeCordon(cordon, options);
  if (end.kind === "left" && end.stands) return;
  const again = steps.filter((step) => step.kind === "CordonNode" || step.kind === "ResolvePods");
  const why = { code: "R-NODE-EXCLUDED", message: end.message, facts: {} } as const;
  await options.recorder.commit([
    { kind: "NodeUncordoned", lane, node: cordon.target.name },
    // Taking the cordon back opens these two anew, and nothing shall begin here again.
    ...again.map((step) => ({ kind: "StepResult", step: step.id, outcome: "skipped", ...why }) as const),
  ]);
}

/** An eviction that was intended may have been refused: then its pod is still there as it was. */
async function wasEvicted(
  step: EvictPodStep,
  { cluster, recorder, stop }: TakeBackOptions,
): Promise<boolean> {
  const result = recorder.state.results.get(step.id);
  if (result && result.outcome !== "failed") return result.outcome === "done";
  const pod = await cluster.readPod(step.target.namespace, step.target.name, stop);
  return !pod || pod.uid !== step.target.uid || pod.deletionAt !== null;
}

/** Cordons that a process before us was about to take back: their intent has no record after it. */
export async function finishTakeBacks(options: TakeBackOptions): Promise<void> {
  for (const step of options.content.steps) {
    const { state } = options.recorder;
    if (step.kind !== "CordonNode") continue;
    if (isOverAsExcluded(options.content, state, step.lane)) await giveBackExcluded(step.lane, options);
    else if (state.intents.has(uncordonStep(step))) await removeAndRecord(step, options);
  }
}

async function removeAndRecord(cordon: CordonNodeStep, options: TakeBackOptions): Promise<void> {
  const end = await removeCordon(cordon, options);
  if (end.kind === "left" && end.stands) return;
  await options.recorder.commit([{ kind: "NodeUncordoned", lane: cordon.lane, node: cordon.target.name }]);
}

const uncordonStep = (cordon: CordonNodeStep): string => `${cordon.lane}/uncordon`;

export type Undone =
  | { readonly kind: "undone"; readonly message: string }
  /** stands: our cordon is still on the node. */
  | { readonly kind: "left"; readonly stands: boolean; readonly message: string };

const ATTEMPTS = 5;
const PAUSE_MILLISECONDS = 1_000;

/**
 * Undoes exactly our cordon, where it still stands as we left it: same UID, our run's marker. What
 * was cordoned before us stays cordoned; a human's uncordon stays; our annotations go.
 */
export function removeCordon(cordon: CordonNodeStep, options: TakeBackOptions): Promise<Undone> {
  const { recorder } = options;
  const cordoning = recorder.state.intents.get(cordon.id);
  const before = cordoning?.kind === "CordonNode" ? { value: cordoning.scaleDownDisabledBefore } : null;
  return removeMark(cordon.target, before, options, (nodeUid) =>
    recorder.commit([
      { kind: "StepIntent", step: uncordonStep(cordon), intent: { kind: "UncordonNode", nodeUid } },
    ]),
  );
}

export type MarkOptions = Pick<TakeBackOptions, "run" | "lock" | "cluster" | "clock" | "stop">;

/**
 * The same by the node alone, where no journal is at hand: which node it was is told by the marker.
 * null: the node does not carry it.
 */
export async function removeMarkedCordon(name: string, options: MarkOptions): Promise<Undone | null> {
  const node = await options.cluster.readNode(name, options.stop);
  if (node?.cordonMarker?.run !== options.run) return null;
  const before = node.cordonMarker.scaleDownDisabledBefore;
  const end = await removeMark(node, before, options, () => Promise.resolve());
  if (end.kind === "left" || before !== null || node.scaleDownDisabled === null) return end;
  const kept =
    "its cluster-autoscaler.kubernetes.io/scale-down-disabled stays, because it may be somebody else's";
  return undone(`${end.message}; ${kept}`);
}

async function removeMark(
  target: { readonly name: string; readonly uid: string },
  before: CordonMarker["scaleDownDisabledBefore"],
  options: MarkOptions,
  beforeWrite: (nodeUid: string) => Promise<void>,
): Promise<Undone> {
  const { cluster, run, lock, stop } = options;
  let isInDoubt = false;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) await options.clock.sleep(PAUSE_MILLISECONDS, stop);
    const node = await cluster.readNode(target.name, stop);
    if (!node || node.uid !== target.uid) return left(`node ${target.name} is gone or another one`);
    if (node.cordonMarker?.run !== run) {
      return isInDoubt ? undone(`${node.name} uncordoned`) : left(notOurs(node));
    }
    await lock.writable(stop);
    await beforeWrite(node.uid);
    await lock.writable(stop);
    const { name, uid, resourceVersion, cordonMarker, unschedulable } = node;
    const staysCordoned = isCordonedByOthers(node);
    // Where it is not what we set, or nobody knows what stood there before, it is not ours to change.
    const isOurs = before !== null && node.scaleDownDisabled === "true";
    const scaleDownDisabled = isOurs ? before.value : node.scaleDownDisabled;
    const makeSchedulable = unschedulable && !staysCordoned;
    const answer = await cluster.uncordon(
      { node: name, uid, resourceVersion, makeSchedulable, scaleDownDisabled },
      stop,
    );
    if (answer.kind === "done") {
      if (makeSchedulable) return undone(`${name} uncordoned`);
      const whose = cordonMarker.wasUnschedulable
        ? "it was cordoned before us"
        : "it was cordoned by somebody since";
      return undone(`${name}: our marks removed${staysCordoned ? `; ${whose} and stays so` : ""}`);
    }
    isInDoubt ||= answer.kind === "unknown";
    if (answer.kind === "forbidden") return stands(`${name} could not be uncordoned: ${answer.message}`);
  }
  return stands(`${target.name} could not be uncordoned: somebody keeps changing it`);
}

function notOurs({ name, cordonMarker }: Node): string {
  const text = `node ${name} does not carry this run's cordon`;
  return cordonMarker ? `${text} any more but that of run ${cordonMarker.run}` : text;
}

const undone = (message: string): Undone => ({ kind: "undone", message });
const left = (message: string): Undone => ({ kind: "left", stands: false, message });
const stands = (message: string): Undone => ({ kind: "left", stands: true, message });
