import { structuredPatch } from "diff";
import type { Plan, Step } from "#model/plan.ts";
import type { FieldChange, ItemChange, PlanDiff } from "#model/plan-diff.ts";
import { STEP_KINDS } from "#model/step-kinds.ts";
import { laneTitle } from "./plan-words.ts";
import { sanitise } from "./sanitise.ts";
import { count, pathOf, shortDigest } from "./words.ts";

/*
 * What the text and the Markdown of a difference share. Foreign names in it are raw, but for the lines
 * of the step list: the caller escapes or paints them.
 */

/** Lines around each change. */
const CONTEXT = 2;
/** Beyond so many lines that differ a view line by line is no view. */
const MOST_LINES = 4_000;

export type Change = ItemChange<unknown>["kind"];

export const SIGNS: Readonly<Record<Change, string>> = { added: "+", removed: "-", moved: ">", changed: "~" };

/** Whether an approval of the old plan holds for the new one: the first thing to know. */
export function digestWords(diff: PlanDiff): readonly string[] {
  if (diff.isSame)
    return [`digest ${diff.new.digest}: the same in both`, "An approval of one holds for the other."];
  return [
    `digest ${shortDigest(diff.old.digest)} → ${shortDigest(diff.new.digest)}`,
    "An approval of the old plan does not hold for the new one.",
  ];
}

/** "nodes and pod targets: 1 added, 1 moved"; only what differs. */
export function sumWords(diff: PlanDiff): readonly string[] {
  const observed = Object.values(diff.observed).flat();
  const lists: readonly (readonly [string, readonly ItemChange<unknown>[]])[] = [
    ["nodes and pod targets", diff.lanes],
    ["steps", diff.steps],
    ["findings", diff.findings],
    ["left out", diff.excluded],
    ["seen in the cluster", observed],
  ];
  const fields: readonly (readonly [string, readonly FieldChange[]])[] = [
    ["spec", diff.spec],
    ["besides", diff.other],
  ];
  return [
    ...lists.filter(([, changes]) => changes.length > 0).map(([name, list]) => `${name}: ${kindsOf(list)}`),
    ...fields
      .filter(([, changes]) => changes.length > 0)
      .map(([name, list]) => `${name}: ${count(list.length, "field")} changed`),
  ];
}

function kindsOf(changes: readonly ItemChange<unknown>[]): string {
  const kinds = Object.keys(SIGNS) as Change[];
  return kinds
    .map((kind) => ({ kind, amount: changes.filter((change) => change.kind === kind).length }))
    .filter(({ amount }) => amount > 0)
    .map(({ kind, amount }) => `${amount} ${kind}`)
    .join(", ");
}

/** "limits.maxUnavailableNodes: 1 → 2" */
export const fieldWords = (change: FieldChange): string =>
  `${change.field}: ${valueWords(change.from)} → ${valueWords(change.to)}`;

function valueWords(value: unknown): string {
  if (value === undefined) return "(not there)";
  return typeof value === "string" && value !== "" ? value : JSON.stringify(value);
}

/** "evict default/web-1", "terminate i-0998 in group nodes-a" */
export function stepWords({ kind, target }: Step): string {
  const { verb } = STEP_KINDS[kind];
  switch (target.kind) {
    case "Pod":
      return `${verb} ${pathOf(target)}`;
    case "Instance":
      return `${verb}${kind === "TerminateInstance" ? ` ${target.id}` : ""} in group ${target.group}`;
    case "Node":
      return `${verb} ${target.name}`;
  }
}

/** Changed steps with the same fields are told once: "timeoutSeconds: 600 → 900" in 48 steps. */
export interface ChangedSteps {
  readonly fields: readonly string[];
  readonly steps: readonly Step[];
}

export function changedSteps(changes: readonly ItemChange<Step>[]): readonly ChangedSteps[] {
  const groups = new Map<string, { fields: readonly string[]; steps: Step[] }>();
  for (const change of changes) {
    if (change.kind !== "changed") continue;
    const fields = change.fields.map(fieldWords);
    const key = fields.join("\n");
    const group = groups.get(key);
    if (group) group.steps.push(change.item);
    else groups.set(key, { fields, steps: [change.item] });
  }
  return [...groups.values()];
}

/** Instances that end and pods that nothing brings back, where they are new in the plan. */
export const newlyDestroyed = ({ steps }: PlanDiff): readonly Step[] =>
  steps
    .flatMap((change) => (change.kind === "added" ? [change.item] : []))
    .filter((step) => step.kind === "TerminateInstance" || (step.kind === "EvictPod" && step.owner === null));

/** The steps of one lane, line by line. */
export interface LaneLines {
  readonly title: string;
  /** As `diff -U2` shows them: each begins with " ", "+", "-", or with "@" where lines are left out. */
  readonly lines: readonly string[];
}

/** The step lists of two plans, line by line, lane by lane: only lanes in which steps came, went or moved. */
export function diffStepLines(old: Plan, now: Plan): readonly LaneLines[] {
  const from = stepsByLane(old);
  const to = stepsByLane(now);
  const lanes = new Map([...now.content.lanes, ...old.content.lanes].map((lane) => [lane.id, lane]));
  return [...lanes.values()].flatMap((lane) => {
    const patch = structuredPatch("", "", from.get(lane.id) ?? "", to.get(lane.id) ?? "", "", "", {
      context: CONTEXT,
      maxEditLength: MOST_LINES,
    });
    const lines = patch
      ? patch.hunks.flatMap((hunk, index) => [...(index === 0 ? [] : ["@"]), ...hunk.lines])
      : ["@ nearly everything differs"];
    return lines.length === 0 ? [] : [{ title: laneTitle(lane), lines }];
  });
}

function stepsByLane({ content }: Plan): ReadonlyMap<string, string> {
  const lanes = new Map<string, string>();
  for (const step of content.steps) {
    lanes.set(step.lane, `${lanes.get(step.lane) ?? ""}${sanitise(stepWords(step))}\n`);
  }
  return lanes;
}

/** Where others have moved past it on both sides, its place is the same. */
export const movedWords = ({ from, to }: { readonly from: number; readonly to: number }): string =>
  from === to ? `still at place ${to}, between others` : `at place ${to}, was at ${from}`;
