import type { Finding, Plan } from "#model/plan.ts";
import { code, prose } from "./markdown-escape.ts";
import { bytesOf, fold, LARGEST_BYTES, table } from "./markdown-table.ts";
import { type LaneOutline, type OutlineRow, outlinePlan, type PlanOutline } from "./plan-outline.ts";
import {
  acceptanceOf,
  budgetWords,
  clusterNameOf,
  codeText,
  countWords,
  evictNotes,
  findingObject,
  laneTitle,
  nodeFacts,
  nodeShare,
  ownerWords,
  stayWords,
} from "./plan-words.ts";
import { count, pathOf } from "./words.ts";

/** How many rows of each table are shown. */
interface Limits {
  /** Of each node's own table; 0: one line for each node in a table of nodes. */
  readonly lanes: number;
  readonly nodes: number;
  readonly excluded: number;
  readonly budgets: number;
  readonly destroyed: number;
  readonly findings: number;
  /** Of a name or message, in characters. */
  readonly cell: number;
}

const ALL = Number.POSITIVE_INFINITY;
const WHOLE: Limits = {
  lanes: ALL,
  nodes: ALL,
  excluded: ALL,
  budgets: ALL,
  destroyed: ALL,
  findings: ALL,
  cell: ALL,
};

/** One after the other, until it fits: what matters least goes first, risk and what is destroyed last. */
const DEGRADATIONS: readonly Partial<Limits>[] = [
  { lanes: 100 },
  { excluded: 50 },
  { budgets: 50 },
  { lanes: 30 },
  { excluded: 10, budgets: 10 },
  { lanes: 0 },
  { nodes: 100 },
  { findings: 100 },
  { destroyed: 200 },
  { nodes: 30 },
  { findings: 30 },
  { destroyed: 50 },
  { nodes: 0, excluded: 0, budgets: 0 },
  { findings: 10, destroyed: 20 },
  { findings: 5, destroyed: 5, cell: 100 },
  { findings: 0, destroyed: 0 },
];

/**
 * A plan for a pull request: risk first, counts second, detail in folds; at most `largestBytes`
 * (from 5,000 on), degrading table by table. What is destroyed or lost stands outside the folds, or
 * its number does.
 */
export function renderPlanMarkdown(plan: Plan, largestBytes: number = LARGEST_BYTES): string {
  const outline = outlinePlan(plan);
  let limits = WHOLE;
  let text = write(plan, outline, limits);
  for (const degradation of DEGRADATIONS) {
    if (bytesOf(text) <= largestBytes) break;
    limits = { ...limits, ...degradation };
    text = write(plan, outline, limits);
  }
  return text;
}

function write(plan: Plan, outline: PlanOutline, limits: Limits): string {
  const cells = cellsOf(limits.cell);
  const sections = [
    `### dextre plan ${cells.code(plan.content.name)}`,
    risk(plan, limits.findings, cells),
    summary(plan, outline, cells),
    destroyed(outline, limits.destroyed, cells),
    ...(limits.lanes > 0
      ? outline.lanes.map((lane) => laneFold(lane, plan, limits.lanes))
      : [nodesTable(outline, limits.nodes, cells)]),
    excluded(outline, limits.excluded, cells),
    budgets(plan, limits.budgets, cells),
    footer(plan),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

/** Foreign texts, escaped and at most so long. */
interface Cells {
  readonly code: (text: string) => string;
  readonly prose: (text: string) => string;
}

function cellsOf(longest: number): Cells {
  const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text);
  return { code: (text) => code(cut(text)), prose: (text) => prose(cut(text)) };
}

/** In place of the nodes' own tables where these are too long. */
function nodesTable({ lanes }: PlanOutline, most: number, cells: Cells): string {
  const rows = lanes.map((outline) => [cells.code(laneTitle(outline.lane)), doesWords(outline)]);
  return `${table(["node", "what"], rows, most)}\n\nWhich pods these are is too long for a comment: \`dextre show plan.json\`.`;
}

function risk(plan: Plan, most: number, cells: Cells): string {
  const { blockers, warnings } = plan.content;
  const parts: string[] = [];
  if (blockers.length > 0) {
    parts.push(
      `**⛔ ${count(blockers.length, "blocker")}: this plan cannot be applied.**`,
      findings(blockers, most, cells),
    );
  }
  if (warnings.length > 0)
    parts.push(`**⚠️ ${count(warnings.length, "warning")}**`, findings(warnings, most, cells));
  return parts.join("\n\n");
}

function findings(list: readonly Finding[], most: number, cells: Cells): string {
  const rows = list.map((finding) => {
    const acceptance = acceptanceOf(finding);
    const lead = finding.accepted === true ? "accepted by" : "accept with";
    const last = acceptance === undefined ? "" : `${lead} ${cells.code(acceptance)}`;
    return [`\`${finding.code}\``, cells.code(findingObject(finding)), cells.prose(finding.message), last];
  });
  return table(["code", "object", "what", ""], rows, most);
}

function summary(plan: Plan, outline: PlanOutline, cells: Cells): string {
  const facts = [`cluster ${cells.code(clusterNameOf(plan))}`, nodeShare(plan, outline.counts)];
  return `**${countWords(plan, outline.counts).join(" · ")}** — ${facts.join(", ")}`;
}

/** Every instance that ends and every pod that nothing brings back: never only inside a fold. */
function destroyed(outline: PlanOutline, most: number, cells: Cells): string {
  const rows = outline.lanes.flatMap(({ lane, rows }) =>
    rows.flatMap((row) => {
      const where = cells.code(lane.kind === "node" ? lane.node : laneTitle(lane));
      if (row.kind === "terminate") {
        const rank = lane.kind === "node" && lane.controlPlane ? ", **control plane**" : "";
        return [["terminate", cells.code(row.instance), `group ${cells.code(row.group)}${rank}`, where]];
      }
      if (row.kind === "evict" && row.owner === null) {
        return [["evict, not brought back", cells.code(pathOf(row.pod)), "unmanaged", where]];
      }
      return [];
    }),
  );
  return rows.length === 0 ? "" : table(["destroyed", "", "", "node"], rows, most);
}

function laneFold(outline: LaneOutline, plan: Plan, most: number): string {
  const { lane, rows } = outline;
  const title = lane.kind === "node" ? `node <b>${prose(lane.node)}</b>` : `<b>${prose(laneTitle(lane))}</b>`;
  const facts = nodeFacts(outline, plan).map(prose).join(" · ");
  const body = table(["do", "object", "owner", ""], rows.map(rowCells), most);
  const stays =
    outline.stays.length === 0 ? "" : `\n\nStays: ${prose(stayWords(outline.stays, lane).join(", "))}`;
  const more =
    lane.kind === "node" && lane.maxDiscovered > 0
      ? `\n\nUp to ${lane.maxDiscovered} pods that land here meanwhile are moved by the same rules.`
      : "";
  return `<details><summary>${title}: ${doesWords(outline)}</summary>\n\n${facts}\n\n${body}${stays}${more}\n\n</details>`;
}

/** "evict 5 pods, terminate its instance" */
function doesWords({ rows }: LaneOutline): string {
  const evictions = rows.filter(({ kind }) => kind === "evict").length;
  const does = [
    ...(evictions > 0 ? [`evict ${count(evictions, "pod")}`] : []),
    ...(rows.some(({ kind }) => kind === "terminate") ? ["terminate its instance"] : []),
  ];
  return does.join(", ") || "cordon";
}

function rowCells(row: OutlineRow): readonly string[] {
  switch (row.kind) {
    case "cordon":
      return ["cordon", "", "", ""];
    case "evict":
      return ["evict", code(pathOf(row.pod)), prose(ownerWords(row)), evictNotes(row).map(prose).join("; ")];
    case "terminate":
      return ["**terminate**", code(row.instance), `group ${code(row.group)}`, "await the new node"];
    case "keep":
      return ["leave it cordoned", "", "", "nothing is replaced"];
  }
}

function excluded({ notRolled: entries }: PlanOutline, most: number, cells: Cells): string {
  if (entries.length === 0) return "";
  const rows = entries.map(({ object, code: reason }) => [
    cells.code(`${object.kind} ${pathOf(object)}`),
    codeText(reason),
    `\`${reason}\``,
  ]);
  return fold(`${entries.length} matched, but not rolled`, table(["object", "why", "code"], rows, most));
}

function budgets(plan: Plan, most: number, cells: Cells): string {
  const { budgets: list } = plan.content.observed;
  if (list.length === 0) return "";
  const rows = list.map((budget) => [cells.code(pathOf(budget)), cells.prose(budgetWords(budget))]);
  return fold(count(list.length, "disruption budget"), table(["budget", "state"], rows, most));
}

function footer(plan: Plan): string {
  if (!plan.content.applyable) return "Nothing was changed. Settle the blockers, then plan again.";
  return `Digest ${code(plan.digest)}\n\n\`\`\`sh\ndextre apply plan.json --approve ${plan.digest.replaceAll(/[^a-z0-9:]/g, "")}\n\`\`\``;
}
