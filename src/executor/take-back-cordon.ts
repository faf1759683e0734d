import type { ClusterPort } from "#gateway/ports.ts";
import type { PlanContent } from "#model/plan.ts";
import type { HeldLock } from "./lock.ts";
import type { Recorder } from "./recorder.ts";
import { stepsOfLane } from "./run-state.ts";

export interface TakeBackOptions {
  readonly content: PlanContent;
  readonly run: string;
  readonly recorder: Recorder;
  readonly lock: HeldLock;
  readonly cluster: ClusterPort;
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
  if (cordon?.kind !== "CordonNode" || !state.intents.has(cordon.id)) return;
  const begun = steps.some((step) => step.kind === "EvictPod" && state.intents.has(step.id));
  if (begun) return;
  const undone = await removeCordon(cordon.target, cordon.id, options);
  if (undone.kind !== "undone") return;
  await options.recorder.commit([{ kind: "NodeUncordoned", lane, node: cordon.target.name }]);
}

export type Undone =
  | { readonly kind: "undone"; readonly message: string }
  | { readonly kind: "left"; readonly message: string };

const ATTEMPTS = 5;

/**
 * Undoes exactly our cordon, where it still stands as we left it: same UID, our run's marker. What
 * was cordoned before us stays cordoned; a human's uncordon stays; our annotations go.
 */
export async function removeCordon(
  target: { readonly name: string; readonly uid: string },
  step: string,
  options: TakeBackOptions,
): Promise<Undone> {
  const { cluster, run, recorder } = options;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const node = await cluster.readNode(target.name, options.stop);
    if (!node || node.uid !== target.uid) return left(`node ${target.name} is gone or another one`);
    if (node.cordonMarker?.run !== run) return left(`node ${target.name} does not carry this run's cordon`);
    const intent = recorder.state.intents.get(step);
    const before = intent?.kind === "CordonNode" ? intent.scaleDownDisabledBefore : null;
    await options.lock.writable(options.stop);
    const answer = await cluster.uncordon(
      {
        node: node.name,
        uid: node.uid,
        resourceVersion: node.resourceVersion,
        makeSchedulable: !node.cordonMarker.wasUnschedulable && node.unschedulable,
        scaleDownDisabled: before,
      },
      options.stop,
    );
    if (answer.kind === "done") {
      return node.cordonMarker.wasUnschedulable
        ? undone(`${node.name}: our marks removed; it was cordoned before us and stays so`)
        : undone(`${node.name} uncordoned`);
    }
    if (answer.kind === "forbidden") return left(`${node.name} could not be uncordoned: ${answer.message}`);
  }
  return left(`${target.name} could not be uncordoned: somebody keeps changing it`);
}

const undone = (message: string): Undone => ({ kind: "undone", message });
const left = (message: string): Undone => ({ kind: "left", message });
