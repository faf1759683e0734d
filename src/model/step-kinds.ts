import type { StepKind } from "./plan.ts";

/** What follows from a step's kind and is therefore not repeated in every plan. */
export interface StepKindFacts {
  readonly mutates: boolean;
  /** How a step with an intent and no result is settled. "probe": ask the world. "rerun": just again. */
  readonly recovery: "probe" | "rerun";
  readonly risk: "none" | "reversible" | "disruptive" | "destructive";
  /** What abort does about it. */
  readonly undo: "uncordon" | "none";
  /** The word in the views. */
  readonly verb: string;
}

const awaits = (verb: string): StepKindFacts => ({
  mutates: false,
  recovery: "rerun",
  risk: "none",
  undo: "none",
  verb,
});

export const STEP_KINDS: { readonly [K in StepKind]: StepKindFacts } = {
  CordonNode: { mutates: true, recovery: "probe", risk: "reversible", undo: "uncordon", verb: "cordon" },
  ResolvePods: awaits("resolve pods"),
  EvictPod: { mutates: true, recovery: "probe", risk: "disruptive", undo: "none", verb: "evict" },
  AwaitReplacement: awaits("await replacement"),
  AwaitNodeEmpty: awaits("await node empty"),
  TerminateInstance: {
    mutates: true,
    recovery: "probe",
    risk: "destructive",
    undo: "none",
    verb: "terminate",
  },
  AwaitNodeGone: awaits("await node gone"),
  AwaitNewNode: awaits("await new node"),
};
