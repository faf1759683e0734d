import type { Finding, Plan } from "#model/plan.ts";
import { blockedFooter } from "./blocked-footer.ts";
import { type Colour, GLYPHS, type Line, pad, paintAll, plain, type Style, span } from "./palette.ts";
import {
  type EvictRow,
  type LaneOutline,
  type OutlineRow,
  outlinePlan,
  type PlanOutline,
} from "./plan-outline.ts";
import {
  acceptanceOf,
  acceptedByFlag,
  budgetWords,
  clusterNameOf,
  codeText,
  countWords,
  discoveredWords,
  evictNotes,
  findingWords,
  laneTitle,
  nodeFacts,
  nodeShare,
  ownerWords,
  stayWords,
} from "./plan-words.ts";
import { sanitise } from "./sanitise.ts";
import { count, pathOf, shortDigest } from "./words.ts";

export interface PlanTextOptions {
  readonly colour: Colour;
  /** The plan's file, as the reader would name it; null where it was not saved. */
  readonly planFile: string | null;
  /** The spec's file, for the command that saves the plan. */
  readonly specFile?: string;
  /** Of the terminal that it is read on; else lines are as long as they are. */
  readonly columns?: number;
  /** Of a command that makes the plan and carries it out: it is not applied by hand, and flags accept what blocks. */
  readonly ofCommand?: {
    /** Leaves out what does not move: budgets, nodes left alone. */
    readonly isShort: boolean;
    readonly isDryRun: boolean;
    /** By the spec's field: what accepts it on this command line, where that is not a flag of the finding. */
    readonly acceptances: Readonly<Record<string, string>>;
  };
}

/** A plan for a terminal. The same plan gives the same bytes at the same width. */
export function renderPlanText(plan: Plan, options: PlanTextOptions): string {
  const outline = outlinePlan(plan);
  const lines = [
    ...header(plan, outline),
    ...findings(plan, acceptanceWords(options)),
    ...outline.lanes.flatMap((lane) => laneLines(lane, outline, plan)),
    ...(options.ofCommand?.isShort ? [] : [...excluded(outline), ...budgets(plan)]),
    ...footer(plan, options),
  ];
  return paintAll(lines, options.colour, options.columns);
}

function header(plan: Plan, outline: PlanOutline): readonly Line[] {
  const { content } = plan;
  const nodes = nodeShare(plan, outline.counts);
  return [
    [
      span("Plan "),
      span(content.name, "bold"),
      span(` · cluster ${clusterNameOf(plan)} (${nodes}) · digest ${shortDigest(plan.digest)}`),
    ],
    [],
    [span(`  ${countWords(plan, outline.counts).join("     ")}`, "bold")],
    [],
  ];
}

type AcceptanceWords = (finding: Finding) => string | undefined;

const acceptanceWords = ({ ofCommand }: PlanTextOptions): AcceptanceWords =>
  ofCommand ? (finding) => acceptedByFlag(finding, ofCommand.acceptances) : acceptanceOf;

function findings(plan: Plan, accept: AcceptanceWords): readonly Line[] {
  const { blockers, warnings } = plan.content;
  const lines: Line[] = [];
  if (blockers.length > 0) {
    lines.push([
      span(`${GLYPHS.failed} ${count(blockers.length, "blocker")}: this plan cannot be applied`, "red"),
    ]);
    lines.push(...blockers.flatMap((finding) => findingLines(finding, "red", accept)), []);
  }
  if (warnings.length > 0) {
    lines.push([span(`${GLYPHS.warning} ${count(warnings.length, "warning")}`, "yellow")]);
    lines.push(...warnings.flatMap((finding) => findingLines(finding, "yellow", accept)), []);
  }
  return lines;
}

function findingLines(finding: Finding, style: Style, accept: AcceptanceWords): readonly Line[] {
  const head: Line = [span("   "), span(pad(finding.code, 24), style), span(findingWords(finding))];
  const acceptance = accept(finding);
  if (acceptance === undefined) return [head];
  const lead = finding.accepted === true ? "accepted by" : "to accept it:";
  return [head, [span(`   ${pad("", 24)}`), span(`${lead} ${acceptance}`, "dim")]];
}

function laneLines(outline: LaneOutline, whole: PlanOutline, plan: Plan): readonly Line[] {
  const { lane, stays } = outline;
  const evictions = outline.rows.filter((row) => row.kind === "evict");
  const columns = { pod: widestOf(evictions.map(podName)), owner: widestOf(evictions.map(ownerName)) };
  const lines: Line[] = [
    [span(laneTitle(lane), "cyan"), span(`   ${nodeFacts(outline, plan).join(" · ")}`)],
    ...outline.rows.map((row) => rowLine(row, columns)),
  ];
  if (stays.length > 0) {
    lines.push([span("   stays  ", "dim"), span(stayWords(stays, lane).join(", "), "dim")]);
  }
  const discovered = discoveredWords(outline, whole);
  if (discovered !== undefined) lines.push([span("   later  ", "dim"), span(discovered, "dim")]);
  return [...lines, []];
}

const podName = (row: EvictRow): string => sanitise(pathOf(row.pod));
const ownerName = (row: EvictRow): string => sanitise(ownerWords(row));
const widestOf = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => [...text].length));

interface Columns {
  readonly pod: number;
  readonly owner: number;
}

function rowLine(row: OutlineRow, columns: Columns): Line {
  switch (row.kind) {
    case "cordon":
      return plain("   cordon");
    case "evict":
      return [
        span(`   evict  ${pad(podName(row), columns.pod + 2)}`),
        span(pad(ownerName(row), columns.owner + 3), row.owner === null ? "yellow" : "plain"),
        span(evictNotes(row).join("   "), "dim"),
      ];
    case "terminate":
      return [
        span("   "),
        span("terminate", "red"),
        span(` ${row.instance} in group ${row.group}, await the new node`),
      ];
    case "keep":
      return plain("   leave it cordoned: this plan replaces nothing");
  }
}

function excluded({ notRolled }: PlanOutline): readonly Line[] {
  if (notRolled.length === 0) return [];
  const lines = notRolled.map(
    (entry): Line => [
      span(`   ${entry.object.kind} ${pathOf(entry.object)}: ${codeText(entry.code)} `),
      span(entry.code, "dim"),
    ],
  );
  return [plain("not rolled, though a target matches"), ...lines, []];
}

function budgets(plan: Plan): readonly Line[] {
  const { budgets } = plan.content.observed;
  if (budgets.length === 0) return [];
  const width = Math.max(...budgets.map((budget) => [...sanitise(pathOf(budget))].length)) + 2;
  const lines = budgets.map((budget) =>
    plain(`   ${pad(sanitise(pathOf(budget)), width)}${budgetWords(budget)}`),
  );
  return [plain("disruption budgets"), ...lines, []];
}

function footer(plan: Plan, options: PlanTextOptions): readonly Line[] {
  const { ofCommand } = options;
  const { applyable, blockers } = plan.content;
  if (!applyable) {
    const accept = ofCommand ? acceptanceWords(options) : ({ acceptedBy }: Finding) => acceptedBy?.field;
    return [plain(blockedFooter(blockers, accept))];
  }
  if (ofCommand) return ofCommand.isDryRun ? [plain("Nothing was changed: this was a dry run.")] : [];
  if (options.planFile === null) {
    const file = options.specFile ?? "upgrade.yaml";
    return [
      plain("This plan is not saved. To be able to apply it:"),
      [span(`   dextre plan -f ${file} --out plan.json`, "command")],
    ];
  }
  return [
    [span("Apply with:  "), span(`dextre apply ${options.planFile}`, "command")],
    [span("Pin what you reviewed:  ", "dim"), span(`--approve ${plan.digest}`, "command")],
  ];
}
