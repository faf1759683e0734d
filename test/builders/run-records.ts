import type { RunRecord } from "#model/run.ts";
import { aPlanContent } from "./a-plan.ts";

/** One record of every kind; a kind that is missing here does not compile. */
export function everyKindOfRecord(digest: string): readonly RunRecord[] {
  const steps = aPlanContent().steps;
  const evict = steps.find((step) => step.kind === "EvictPod");
  const replaced = steps.find((step) => step.kind === "AwaitReplacement");
  if (!evict || !replaced) throw new Error("the plan has no pod");
  const { lane, id: step } = evict;
  const process = { host: "h", pid: 7, dextreVersion: "0" };
  const records: { readonly [K in RunRecord["kind"]]: Omit<Extract<RunRecord, { kind: K }>, "kind"> } = {
    RunStarted: { run: "01", plan: "test", digest, formatVersion: 1, ...process },
    StepIntent: { step, intent: { kind: "EvictPod", podUid: "p", node: "node-1", availableBefore: 3 } },
    StepResult: {
      step,
      outcome: "done",
      code: "R-DONE",
      message: "größer als 0 €",
      facts: {
        replacement: { name: "web-2", uid: "q", node: "node-2" },
        successor: { instanceId: "i-2", node: "node-2", nodeUid: "v" },
        availableBefore: null,
        wasUnschedulable: false,
      },
    },
    PodDiscovered: { lane, before: null, steps: [evict, replaced] },
    NodeUncordoned: { lane, node: "node-1" },
    RunResumed: process,
    LaneStopped: { lane, code: "E-POD-STUCK", message: "stuck" },
    RunStopped: { code: "E-SIGNAL", message: "SIGTERM", exit: 4 },
    AbortStarted: { host: "h", pid: 9 },
    RunAborted: { undone: ["node-1"], left: [] },
    RunFinished: { exit: 0 },
  };
  return Object.entries(records).map(([kind, fields]) => ({ kind, ...fields }) as RunRecord);
}

/** One intent of every kind. */
export function everyKindOfIntent(): readonly RunRecord[] {
  type Intent = Extract<RunRecord, { kind: "StepIntent" }>["intent"];
  const intents: { readonly [K in Intent["kind"]]: Omit<Extract<Intent, { kind: K }>, "kind"> } = {
    CordonNode: { nodeUid: "u", wasUnschedulable: false, scaleDownDisabledBefore: null },
    EvictPod: { podUid: "p", node: "node-1", availableBefore: null },
    TerminateInstance: {
      instanceId: "i-1",
      group: "nodes-a",
      desired: 3,
      min: 3,
      max: 6,
      instanceIds: ["i-1"],
    },
    UncordonNode: { nodeUid: "u" },
  };
  return Object.entries(intents).map(([kind, fields]) => ({
    kind: "StepIntent",
    step: "node/node-1/cordon",
    intent: { kind, ...fields } as Intent,
  }));
}
