import type { Plan } from "#model/plan.ts";
import { shellWord } from "./shell-word.ts";
import type { Output } from "./terminal.ts";
import { readingColumns } from "./write-lines.ts";

export type PlanFormat = "text" | "md" | "json";

export const FORMAT_ARGS = {
  output: {
    type: "enum",
    alias: "o",
    options: ["text", "md", "json"] as PlanFormat[],
    description: "How the plan is shown; else text on a terminal and JSON elsewhere.",
  },
} as const;

/** Of commands that only show. */
export const TEXT_FORMAT_ARGS = {
  output: { ...FORMAT_ARGS.output, description: "How it is shown; text unless given." },
} as const;

export interface ShownPlan {
  readonly plan: Plan;
  /** null where the plan is not saved. */
  readonly planFile: string | null;
  readonly specFile?: string;
}

/** The plan as one document for stdout, complete or not at all. `largestBytes` is of the Markdown. */
export async function planDocument(
  { plan, planFile, specFile }: ShownPlan,
  format: PlanFormat,
  output: Output,
  largestBytes?: number,
): Promise<string> {
  switch (format) {
    case "json": {
      const { formatPlan } = await import("#schema/format-plan.ts");
      return formatPlan(plan);
    }
    case "md": {
      const { renderPlanMarkdown } = await import("#render/plan-markdown.ts");
      return renderPlanMarkdown(plan, largestBytes);
    }
    case "text": {
      const { renderPlanText } = await import("#render/plan-text.ts");
      return renderPlanText(plan, {
        colour: output.colour,
        columns: readingColumns(output),
        planFile: planFile === null ? null : shellWord(planFile),
        ...(specFile === undefined ? {} : { specFile: shellWord(specFile) }),
      });
    }
  }
}
