import { applyRecord } from "#executor/apply-record.ts";
import { NEW_RUN, type RunState } from "#executor/run-state.ts";
import type { AwaitReplacementStep, EvictPodStep, PlanContent, Step } from "#model/plan.ts";
import type { Intent, Outcome, RunRecord } from "#model/run.ts";
import { podSteps } from "#rules/pod-steps.ts";
import { refOf } from "#test/builders/a-pod.ts";
import { aPod } from "./a-pod.ts";
import { aSpec } from "./a-spec.ts";
import { aDeployment } from "./a-workload.ts";
import { timeAfter } from "./fixed.ts";

export const started: RunRecord = {
  kind: "RunStarted",
  run: "run-1",
  plan: "test",
  digest: "sha256:test",
  formatVersion: 1,
  host: "ci-1",
  pid: 100,
  dextreVersion: "0.0.0-test",
};

export const resumed: RunRecord = { kind: "RunResumed", host: "ci-1", pid: 101, dextreVersion: "0.0.0-test" };

export function result(step: string, outcome: Outcome = "done"): RunRecord {
  return { kind: "StepResult", step, outcome, code: "R-DONE", message: step, facts: {} };
}

const INTENTS: { readonly [K in Step["kind"]]?: Intent } = {
  CordonNode: { kind: "CordonNode", nodeUid: "u", wasUnschedulable: false, scaleDownDisabledBefore: null },
  EvictPod: { kind: "EvictPod", podUid: "p", node: "n", availableBefore: 3 },
  TerminateInstance: {
    kind: "TerminateInstance",
    instanceId: "i",
    group: "g",
    desired: 3,
    min: 0,
    max: 10,
    instanceIds: [],
  },
};

/** The record that a step's handler writes before its effect; undefined for waits. */
export function intent(step: Step): RunRecord | undefined {
  const what = INTENTS[step.kind];
  return what && { kind: "StepIntent", step: step.id, intent: what };
}

export const laneStopped = (lane: string): RunRecord => ({
  kind: "LaneStopped",
  lane,
  code: "E-POD-STUCK",
  message: "stuck",
});

export const uncordoned = (lane: string): RunRecord => ({
  kind: "NodeUncordoned",
  lane,
  node: lane.slice(5),
});

/** A pod "web-late" that came to the node of a lane after the plan. */
export function discovered(lane: string, before: string | null, name = "web-late"): RunRecord {
  const owner = aDeployment();
  const pod = aPod({ of: owner, name, nodeName: lane.slice(5), createdAt: timeAfter(60) });
  const steps: readonly [EvictPodStep, AwaitReplacementStep] = podSteps({
    lane,
    pod,
    owner: refOf(owner),
    tier: 1,
    spec: aSpec(),
    needs: [`${lane}/cordon`],
    awaitsNode: false,
    reason: "R-DISCOVERED-POD",
    idSuffix: `@${pod.uid.slice(0, 8)}`,
  });
  return { kind: "PodDiscovered", lane, before, steps };
}

export function fold(records: readonly RunRecord[], state: RunState = NEW_RUN): RunState {
  return records.reduce(applyRecord, state);
}

/** Intent and result of every step of a lane up to and including the one named. */
export function doneUpTo(content: PlanContent, last: string): readonly RunRecord[] {
  const at = content.steps.findIndex((step) => step.id === last);
  const { lane } = content.steps[at] ?? { lane: "" };
  return content.steps
    .slice(0, at + 1)
    .filter((step) => step.lane === lane)
    .flatMap((step) => [intent(step), result(step.id)].filter((record) => record !== undefined));
}
