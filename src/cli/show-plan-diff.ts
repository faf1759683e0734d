import type { Plan } from "#model/plan.ts";
import { diffPlans } from "#planner/diff-plans.ts";
import { renderPlanDiffMarkdown } from "#render/plan-diff-markdown.ts";
import { renderPlanDiffText } from "#render/plan-diff-text.ts";
import type { PlanFormat } from "./show-plan.ts";
import type { Output } from "./terminal.ts";
import { readingColumns } from "./write-lines.ts";

export interface TwoPlans {
  readonly old: Plan;
  readonly now: Plan;
}

/** The differences as one document. `largestBytes` is of the Markdown. */
export function planDiffDocument(
  plans: TwoPlans,
  format: PlanFormat,
  output: Output,
  largestBytes?: number,
): string {
  const diff = diffPlans(plans.old, plans.now);
  switch (format) {
    case "json":
      return `${JSON.stringify(diff, null, 2)}\n`;
    case "md":
      return renderPlanDiffMarkdown(diff, plans, largestBytes);
    case "text":
      return renderPlanDiffText(diff, plans, { colour: output.colour, columns: readingColumns(output) });
  }
}
