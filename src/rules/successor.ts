import type { Code } from "#model/codes.ts";
import type { GroupInstance, Node, Pod, ScalingActivity, ScalingGroup } from "#model/objects.ts";
import type { WaitReason } from "#model/run.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { instanceIdOf } from "./instance-id.ts";

export interface SuccessorQuestion {
  readonly snapshot: Snapshot;
  readonly group: ScalingGroup;
  readonly activities: readonly ScalingActivity[];
  /** Seen in the group before the terminate. */
  readonly before: { readonly instanceIds: readonly string[]; readonly desired: number };
  readonly terminatedInstance: string;
  /** UID of the node that went. Its object may be inherited by name, so it is never the new one. */
  readonly oldNodeUid: string;
  /** Instances that other steps have taken for their successor. */
  readonly claimed: ReadonlySet<string>;
  readonly stableForSeconds: number;
  readonly readyForSeconds: (node: Node) => number;
  /** Static pods that must be Ready on the new node: names without the node's suffix. */
  readonly mirrorPods: readonly string[];
}

export type SuccessorAnswer =
  | {
      readonly kind: "settled";
      readonly code: Code;
      readonly message: string;
      readonly successor: {
        readonly instanceId: string;
        readonly node: string;
        readonly nodeUid: string;
      } | null;
    }
  | { readonly kind: "waiting"; readonly reason: WaitReason };

/**
 * Has the group brought the successor? It is an instance that was not there before, InService, whose
 * Node (instance id → providerID → UID, never a name) is Ready for long enough. Where the instance
 * was gone before anybody recorded the group, or somebody lowered desired, the group as a whole
 * decides: desired instances InService with Ready nodes.
 */
export function judgeSuccessor(question: SuccessorQuestion): SuccessorAnswer {
  const { group, before } = question;
  const nodes = nodesByInstance(question.snapshot);
  const wasRecorded = before.instanceIds.includes(question.terminatedInstance);
  const candidates = group.instances.filter(
    (instance) =>
      !before.instanceIds.includes(instance.id) &&
      instance.id !== question.terminatedInstance &&
      !question.claimed.has(instance.id) &&
      !instance.lifecycle.startsWith("Terminat"),
  );
  let reason: WaitReason | undefined;
  for (const instance of candidates) {
    const why = whyNotReady(instance, nodes.get(instance.id), question);
    const node = nodes.get(instance.id);
    if (why === null && node) return arrived(instance, node);
    reason ??= why ?? undefined;
  }
  const lowered = group.desired < before.desired;
  if ((lowered || !wasRecorded) && isWholeAgain(question, nodes)) {
    return lowered
      ? {
          kind: "settled",
          code: "R-NO-SUCCESSOR",
          message: `no successor: ${group.name} wants ${group.desired} now, not ${before.desired}`,
          successor: null,
        }
      : {
          kind: "settled",
          code: "R-NEW-NODE",
          message: `${group.name} has its ${group.desired} instances, all Ready`,
          successor: null,
        };
  }
  return { kind: "waiting", reason: reason ?? whyNoInstance(question) };
}

function arrived(instance: GroupInstance, node: Node): SuccessorAnswer {
  return {
    kind: "settled",
    code: "R-NEW-NODE",
    message: `new node ${node.name} (${instance.id}, ${instance.zone}) is Ready`,
    successor: { instanceId: instance.id, node: node.name, nodeUid: node.uid },
  };
}

/** Controllers take these off a moment after a node turned Ready; until then nothing can land on it. */
const NOT_YET_USABLE: ReadonlySet<string> = new Set([
  "node.kubernetes.io/not-ready",
  "node.kubernetes.io/unreachable",
  "node.cloudprovider.kubernetes.io/uninitialized",
]);

function nodesByInstance(snapshot: Snapshot): ReadonlyMap<string, Node> {
  const nodes = new Map<string, Node>();
  for (const node of snapshot.nodes()) {
    const id = instanceIdOf(node);
    if (id !== "") nodes.set(id, node);
  }
  return nodes;
}

/** null: this instance is a whole new node. */
function whyNotReady(
  instance: GroupInstance,
  node: Node | undefined,
  question: SuccessorQuestion,
): WaitReason | null {
  if (instance.lifecycle !== "InService") {
    return { code: "N-AWAITING-INSTANCE", message: `new instance ${instance.id} is ${instance.lifecycle}` };
  }
  if (!node || node.uid === question.oldNodeUid) {
    return { code: "N-AWAITING-NODE", message: `new instance ${instance.id} has not joined as a node yet` };
  }
  if (node.ready !== "True") {
    return { code: "N-AWAITING-NODE", message: `new node ${node.name} is not Ready yet` };
  }
  const taint = node.taints.find((one) => NOT_YET_USABLE.has(one.key));
  if (taint) {
    return {
      code: "N-AWAITING-NODE",
      message: `new node ${node.name} is Ready, but still has taint ${taint.key}`,
    };
  }
  const readyFor = question.readyForSeconds(node);
  if (readyFor < question.stableForSeconds) {
    const left = Math.ceil(question.stableForSeconds - readyFor);
    return { code: "N-AWAITING-NODE", message: `new node ${node.name} is Ready, watched for ${left} s more` };
  }
  const missing = question.mirrorPods.filter((name) => !isMirrorPodReady(name, node, question.snapshot));
  if (missing.length > 0) {
    return { code: "N-MIRROR-PODS", message: `not Ready on ${node.name} yet: ${missing.join(", ")}` };
  }
  return null;
}

function isMirrorPodReady(name: string, node: Node, snapshot: Snapshot): boolean {
  for (const pod of snapshot.podsOnNode(node.name)) {
    if (pod.mirror && pod.ready && staticPodName(pod) === name) return true;
  }
  return false;
}

/** A mirror pod's name is the static pod's with "-NODE" behind it. */
export function staticPodName(pod: Pod): string {
  const suffix = `-${pod.nodeName}`;
  return pod.name.endsWith(suffix) ? pod.name.slice(0, -suffix.length) : pod.name;
}

function isWholeAgain(question: SuccessorQuestion, nodes: ReadonlyMap<string, Node>): boolean {
  const { group } = question;
  const whole = group.instances.filter(
    (instance) =>
      instance.id !== question.terminatedInstance &&
      whyNotReady(instance, nodes.get(instance.id), question) === null,
  );
  return whole.length >= group.desired;
}

function whyNoInstance(question: SuccessorQuestion): WaitReason {
  const failed = question.activities.find(
    (activity) => activity.status === "Failed" || activity.status === "Cancelled",
  );
  const newest = question.activities[0];
  if (failed && newest && failed.id === newest.id) {
    const text = failed.message || failed.description;
    return { code: "N-LAUNCH-FAILED", message: `group ${question.group.name} cannot launch: ${text}` };
  }
  const isSuspended = question.group.suspendedProcesses.includes("Launch");
  const why = isSuspended ? ": its process Launch is suspended" : "";
  return {
    code: "N-AWAITING-INSTANCE",
    message: `group ${question.group.name} has not launched the successor yet${why}`,
  };
}
