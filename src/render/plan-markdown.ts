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

/** How much of a long table is shown; the first that fits is taken. */
const LIMITS = [
  { rows: Number.POSITIVE_INFINITY, details: true },
  { rows: 100, details: true },
  { rows: 30, details: true },
  { rows: 200, details: false },
  { rows: 50, details: false },
  { rows: 20, details: false },
  { rows: 5, details: false },
] as const;

type Limit = (typeof LIMITS)[number];

/**
 * A plan for a pull request: risk first, counts second, detail in folds; at most 60,000 bytes,
 * degrading table by table. What is destroyed or lost stands outside the folds, or its number does.
 */
export function renderPlanMarkdown(plan: Plan, largestBytes: number = LARGEST_BYTES): string {
  const outline = outlinePlan(plan);
  let text = "";
  for (const limit of LIMITS) {
    text = write(plan, outline, limit);
    if (bytesOf(text) <= largestBytes) return text;
  }
  return text;
}

function write(plan: Plan, outline: PlanOutline, limit: Limit): string {
  const sections = [
    `### dextre plan ${code(plan.content.name)}`,
    risk(plan, limit),
    summary(plan, outline),
    destroyed(outline, limit),
    ...(limit.details ? outline.lanes.map((lane) => laneFold(lane, plan, limit)) : []),
    excluded(plan, limit),
    budgets(plan, limit),
    limit.details ? "" : "Which pods are evicted is too long for a comment: `dextre show plan.json`.",
    footer(plan),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function risk(plan: Plan, limit: Limit): string {
  const { blockers, warnings } = plan.content;
  const parts: string[] = [];
  if (blockers.length > 0) {
    parts.push(
      `**⛔ ${count(blockers.length, "blocker")}: this plan cannot be applied.**`,
      findings(blockers, limit),
    );
  }
  if (warnings.length > 0)
    parts.push(`**⚠️ ${count(warnings.length, "warning")}**`, findings(warnings, limit));
  return parts.join("\n\n");
}

function findings(list: readonly Finding[], limit: Limit): string {
  const rows = list.map((finding) => {
    const acceptance = acceptanceOf(finding);
    const lead = finding.accepted === true ? "accepted by" : "accept with";
    const last = acceptance === undefined ? "" : `${lead} ${code(acceptance)}`;
    return [`\`${finding.code}\``, code(findingObject(finding)), prose(finding.message), last];
  });
  return table(["code", "object", "what", ""], rows, limit.rows);
}

function summary(plan: Plan, outline: PlanOutline): string {
  const facts = [`cluster ${code(clusterNameOf(plan))}`, nodeShare(plan, outline.counts)];
  return `**${countWords(plan, outline.counts).join(" · ")}** — ${facts.join(", ")}`;
}

/** Every instance that ends and every pod that nothing brings back: never only inside a fold. */
function destroyed(outline: PlanOutline, limit: Limit): string {
  const rows = outline.lanes.flatMap(({ lane, rows }) =>
    rows.flatMap((row) => {
      const where = code(lane.kind === "node" ? lane.node : laneTitle(lane));
      if (row.kind === "terminate") {
        const rank = lane.kind === "node" && lane.controlPlane ? ", **control plane**" : "";
        return [["terminate", code(row.instance), `group ${code(row.group)}${rank}`, where]];
      }
      if (row.kind === "evict" && row.owner === null) {
        return [["evict, not brought back", code(pathOf(row.pod)), "unmanaged", where]];
      }
      return [];
    }),
  );
  return rows.length === 0 ? "" : table(["destroyed", "", "", "node"], rows, limit.rows);
}

function laneFold(outline: LaneOutline, plan: Plan, limit: Limit): string {
  const { lane, rows } = outline;
  const evictions = rows.filter(({ kind }) => kind === "evict").length;
  const does = [
    ...(evictions > 0 ? [`evict ${count(evictions, "pod")}`] : []),
    ...(rows.some(({ kind }) => kind === "terminate") ? ["terminate its instance"] : []),
  ];
  const title = lane.kind === "node" ? `node <b>${prose(lane.node)}</b>` : `<b>${prose(laneTitle(lane))}</b>`;
  const facts = nodeFacts(outline, plan).map(prose).join(" · ");
  const body = table(["do", "object", "owner", ""], rows.map(rowCells), limit.rows);
  const stays = outline.stays.length === 0 ? "" : `\n\nStays: ${prose(stayWords(outline.stays).join(", "))}`;
  const more =
    lane.kind === "node" && lane.maxDiscovered > 0
      ? `\n\nUp to ${lane.maxDiscovered} pods that land here meanwhile are moved by the same rules.`
      : "";
  return `<details><summary>${title}: ${does.join(", ") || "cordon"}</summary>\n\n${facts}\n\n${body}${stays}${more}\n\n</details>`;
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

function excluded(plan: Plan, limit: Limit): string {
  const { excluded: entries } = plan.content;
  if (entries.length === 0) return "";
  const rows = entries.map(({ object, code: reason }) => [
    code(`${object.kind} ${pathOf(object)}`),
    codeText(reason),
    `\`${reason}\``,
  ]);
  return fold(
    `${entries.length} matched, but not rolled`,
    table(["object", "why", "code"], rows, limit.rows),
  );
}

function budgets(plan: Plan, limit: Limit): string {
  const { budgets: list } = plan.content.observed;
  if (list.length === 0) return "";
  const rows = list.map((budget) => [code(pathOf(budget)), prose(budgetWords(budget))]);
  return fold(count(list.length, "disruption budget"), table(["budget", "state"], rows, limit.rows));
}

function footer(plan: Plan): string {
  if (!plan.content.applyable) return "Nothing was changed. Settle the blockers, then plan again.";
  return `Digest ${code(plan.digest)}\n\n\`\`\`sh\ndextre apply plan.json --approve ${plan.digest.replaceAll(/[^a-z0-9:]/g, "")}\n\`\`\``;
}
