import type { Plan } from "#model/plan.ts";
import type { ItemChange, PlanDiff } from "#model/plan-diff.ts";
import { code, prose } from "./markdown-escape.ts";
import { bytesOf, fold, LARGEST_BYTES, table } from "./markdown-table.ts";
import {
  changedSteps,
  diffStepLines,
  digestWords,
  fieldWords,
  movedWords,
  newlyDestroyed,
  stepWords,
  sumWords,
} from "./plan-diff-words.ts";
import { laneTitle } from "./plan-words.ts";
import { sanitise } from "./sanitise.ts";
import { count, pathOf } from "./words.ts";

/** How much of a long table, and of the step list, is shown; the first that fits is taken. */
const LIMITS = [
  { rows: Number.POSITIVE_INFINITY, lines: Number.POSITIVE_INFINITY },
  { rows: 100, lines: 400 },
  { rows: 50, lines: 100 },
  { rows: 20, lines: 0 },
  { rows: 5, lines: 0 },
  { rows: 1, lines: 0 },
  { rows: 0, lines: 0 },
] as const;

type Limit = (typeof LIMITS)[number];

export interface ComparedPlans {
  readonly old: Plan;
  readonly now: Plan;
}

/**
 * How two plans differ, for a pull request: whether an approval still holds, then findings and what is
 * newly destroyed, then the rest in folds; at most `largestBytes` (from 10,000 on), degrading table by table.
 */
export function renderPlanDiffMarkdown(
  diff: PlanDiff,
  plans: ComparedPlans,
  largestBytes: number = LARGEST_BYTES,
): string {
  const stepLines = diffStepLines(plans.old, plans.now).flatMap(({ title, lines }) => [
    `@@ ${sanitise(title)} @@`,
    ...lines.map((line) => (line.startsWith("@") ? `  …${line.slice(1)}` : line)),
  ]);
  let text = "";
  for (const limit of LIMITS) {
    text = write(diff, stepLines, limit);
    if (bytesOf(text) <= largestBytes) return text;
  }
  return text;
}

function write(diff: PlanDiff, stepLines: readonly string[], limit: Limit): string {
  const [digest = "", approval = ""] = digestWords(diff);
  const sections = [
    `### dextre diff ${code(diff.new.name)}`,
    `**${diff.isSame ? "" : "⚠️ "}${approval}** ${prose(digest)}`,
    findings(diff, limit),
    destroyed(diff, limit),
    sumWords(diff)
      .map((words) => `- ${words}`)
      .join("\n"),
    fields("spec", diff.spec, limit),
    lanes(diff, limit),
    steps(diff, stepLines, limit),
    observed(diff, limit),
    fields("besides", diff.other, limit),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function findings({ findings: changes }: PlanDiff, limit: Limit): string {
  if (changes.length === 0) return "";
  const rows = changes.map((change) => {
    const { severity, code: reason, object, message } = change.item;
    const what = change.kind === "changed" ? change.fields.map(fieldWords).join(", ") : message;
    return [change.kind, `${severity} \`${reason}\``, code(`${object.kind} ${pathOf(object)}`), prose(what)];
  });
  return table(["blockers and warnings", "code", "object", "what"], rows, limit.rows);
}

/** Never only inside a fold. */
function destroyed(diff: PlanDiff, limit: Limit): string {
  const steps = newlyDestroyed(diff);
  if (steps.length === 0) return "";
  const rows = steps.map((step) => {
    const { target } = step;
    const where = code(target.kind === "Node" ? target.name : target.node);
    if (target.kind === "Instance")
      return ["terminate", code(target.id), `group ${code(target.group)}`, where];
    return ["evict, not brought back", code(pathOf(target)), "unmanaged", where];
  });
  return table(["newly destroyed", "", "", "node"], rows, limit.rows);
}

function fields(title: string, changes: PlanDiff["spec"], limit: Limit): string {
  if (changes.length === 0) return "";
  const rows = changes.map((change) => [
    code(change.field),
    prose(fieldWords(change).slice(change.field.length + 2)),
  ]);
  return table([title, "from → to"], rows, limit.rows);
}

function lanes({ lanes: changes }: PlanDiff, limit: Limit): string {
  if (changes.length === 0) return "";
  const rows = changes.map((change) => [change.kind, prose(laneTitle(change.item)), detailOf(change)]);
  return fold("nodes and pod targets", table(["", "what", ""], rows, limit.rows));
}

function steps(diff: PlanDiff, lines: readonly string[], limit: Limit): string {
  const parts: string[] = [];
  if (lines.length > 0 && limit.lines > 0) parts.push(fence(lines, limit.lines));
  const changed = changedSteps(diff.steps).map(({ fields: words, steps: group }) => [
    prose(words.join(", ")),
    count(group.length, "step"),
    code(group[0] === undefined ? "" : stepWords(group[0])),
  ]);
  if (changed.length > 0) parts.push(table(["changed", "in", "the first"], changed, limit.rows));
  if (parts.length > 0) return fold("steps", parts.join("\n\n"));
  return diff.steps.length > 0 ? "Which steps differ is too long for a comment: `dextre diff OLD NEW`." : "";
}

/** Lines of the step list in a fence that none of them can close. */
function fence(lines: readonly string[], most: number): string {
  const shown = lines.slice(0, most);
  const left = lines.length - shown.length;
  const longest = Math.max(2, ...runsOf(shown));
  const marks = "`".repeat(longest + 1);
  return [`${marks}diff`, ...shown, ...(left > 0 ? [`… and ${count(left, "line")} more`] : []), marks].join(
    "\n",
  );
}

const runsOf = (lines: readonly string[]): readonly number[] =>
  lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length));

function observed({ observed: lists, excluded }: PlanDiff, limit: Limit): string {
  const named = (kind: string, changes: readonly ItemChange<Named>[]) =>
    changes.map((change) => [change.kind, code(`${kind} ${pathOf(change.item)}`.trim()), detailOf(change)]);
  const rows = [
    ...named("node", lists.nodes),
    ...named("pod", lists.pods),
    ...lists.workloads.flatMap((change) => named(change.item.kind, [change])),
    ...named("disruption budget", lists.budgets),
    ...named("auto scaling group", lists.groups),
    ...excluded.map((change) => [
      change.kind,
      code(`not rolled: ${change.item.object.kind} ${pathOf(change.item.object)}`),
      detailOf(change) || `\`${change.item.code}\``,
    ]),
  ];
  return rows.length === 0 ? "" : fold("seen in the cluster", table(["", "object", ""], rows, limit.rows));
}

type Named = { readonly namespace?: string; readonly name: string };

function detailOf(change: ItemChange<unknown>): string {
  if (change.kind === "moved") return movedWords(change);
  return change.kind === "changed" ? prose(change.fields.map(fieldWords).join(", ")) : "";
}
