import type { Excluded, Plan } from "#model/plan.ts";
import type { DiffedFinding, FieldChange, ItemChange, PlanDiff } from "#model/plan-diff.ts";
import { type Colour, type Line, paintAll, plain, type Style, span } from "./palette.ts";
import {
  type Change,
  changedSteps,
  diffStepLines,
  digestWords,
  fieldWords,
  movedWords,
  SIGNS,
  stepWords,
  sumWords,
} from "./plan-diff-words.ts";
import { clusterNameOf, codeText, laneTitle } from "./plan-words.ts";
import { count, pathOf } from "./words.ts";

const STYLES: Readonly<Record<Change, Style>> = {
  added: "green",
  removed: "red",
  moved: "cyan",
  changed: "yellow",
};

/** Of the steps that changed in the same way, so many are named. */
const NAMED_STEPS = 3;

export interface PlanDiffTextOptions {
  readonly colour: Colour;
  readonly columns?: number;
}

/** How two plans differ, for a terminal. The plans are those that were compared. */
export function renderPlanDiffText(
  diff: PlanDiff,
  { old, now }: { readonly old: Plan; readonly now: Plan },
  { colour, columns }: PlanDiffTextOptions,
): string {
  const lines = [
    ...header(diff, now),
    ...section("blockers and warnings", diff.findings.flatMap(findingLines)),
    ...section("spec", diff.spec.map(fieldLine)),
    ...section(
      "nodes and pod targets",
      diff.lanes.map((change) => itemLine(change, laneTitle)),
    ),
    ...section("steps", stepLines(diff, old, now)),
    ...section(
      "matched, but not rolled",
      diff.excluded.map((change) => itemLine(change, excludedWords)),
    ),
    ...section("seen in the cluster", observedLines(diff)),
    ...section("besides", diff.other.map(fieldLine)),
  ];
  return paintAll(lines, colour, columns);
}

function header(diff: PlanDiff, now: Plan): readonly Line[] {
  const name = diff.old.name === diff.new.name ? diff.new.name : `${diff.old.name} → ${diff.new.name}`;
  const [digest = "", approval = ""] = digestWords(diff);
  const sum = diff.isSame ? [] : sumWords(diff);
  return [
    [span("Two plans of "), span(name, "bold"), span(` · cluster ${clusterNameOf(now)}`)],
    plain(`  the old one of ${diff.old.createdAt}, the new one of ${diff.new.createdAt}`),
    plain(`  ${digest}`),
    [span("  "), span(approval, diff.isSame ? "green" : "yellow")],
    ...(sum.length > 0 ? [[], ...sum.map((text) => plain(`  ${text}`))] : []),
    ...(!diff.isSame && sum.length === 0 ? [plain("  They hold the same, in another order.")] : []),
  ];
}

const section = (title: string, lines: readonly Line[]): readonly Line[] =>
  lines.length === 0 ? [] : [[], [span(title, "bold")], ...lines];

const fieldLine = (change: FieldChange): Line => [
  span(`   ${SIGNS.changed} `, STYLES.changed),
  span(fieldWords(change)),
];

/** One line, or one for each field that changed. */
function itemLine<Item>(change: ItemChange<Item>, words: (item: Item) => string): Line {
  return [span(`   ${SIGNS[change.kind]} `, STYLES[change.kind]), span(words(change.item) + behind(change))];
}

function behind(change: ItemChange<unknown>): string {
  if (change.kind === "moved") return `: ${movedWords(change)}`;
  if (change.kind === "changed") return `: ${change.fields.map(fieldWords).join(", ")}`;
  return "";
}

function findingLines(change: ItemChange<DiffedFinding>): readonly Line[] {
  const { severity, code, object, message } = change.item;
  const head = itemLine(change, () => `${severity} ${code} ${object.kind} ${pathOf(object)}`);
  return change.kind === "added" ? [head, plain(`       ${message}`)] : [head];
}

function stepLines(diff: PlanDiff, old: Plan, now: Plan): readonly Line[] {
  if (diff.steps.length === 0 && diff.lanes.length === 0) return [];
  const lines = diffStepLines(old, now).flatMap(({ title, lines }): readonly Line[] => [
    [span(`   ${title}`, "cyan")],
    ...lines.map(patchLine),
  ]);
  const moved = diff.steps.flatMap((change) =>
    change.kind === "moved" ? [itemLine(change, (step) => `${stepWords(step)} (${step.lane})`)] : [],
  );
  const changed = changedSteps(diff.steps).flatMap(({ fields, steps }): readonly Line[] => {
    const named = steps.slice(0, NAMED_STEPS).map(stepWords);
    const more = steps.length > named.length ? [`${steps.length - named.length} more`] : [];
    return [
      [span(`   ${SIGNS.changed} `, STYLES.changed), span(fields.join(", "))],
      plain(`       ${count(steps.length, "step")}: ${[...named, ...more].join(", ")}`),
    ];
  });
  return [...lines, ...moved, ...changed];
}

function patchLine(line: string): Line {
  const sign = line.slice(0, 1);
  if (sign === "@") return [span(`      …${line.slice(1)}`, "dim")];
  const style = sign === "+" ? STYLES.added : sign === "-" ? STYLES.removed : "plain";
  return [span(`    ${sign} ${line.slice(1)}`, style)];
}

const excludedWords = ({ object, code }: Excluded): string =>
  `${object.kind} ${pathOf(object)} ${code}: ${codeText(code)}`;

function observedLines({ observed }: PlanDiff): readonly Line[] {
  const { nodes, pods, workloads, budgets, groups } = observed;
  return [
    ...nodes.map((change) => itemLine(change, ({ name }) => `node ${name}`)),
    ...pods.map((change) => itemLine(change, (pod) => `pod ${pathOf(pod)} on ${pod.node}`)),
    ...workloads.map((change) => itemLine(change, (each) => `${each.kind} ${pathOf(each)}`)),
    ...budgets.map((change) => itemLine(change, (budget) => `disruption budget ${pathOf(budget)}`)),
    ...groups.map((change) => itemLine(change, ({ name }) => `auto scaling group ${name}`)),
  ];
}
