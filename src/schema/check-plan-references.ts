import type { Diagnostic } from "#model/diagnostic.ts";
import type { Plan } from "#model/plan.ts";

/**
 * Ids stand for one thing each, and what a step names is there. It may need steps of its own lane only:
 * scheduling looks at a lane by itself.
 */
export function checkPlanReferences(plan: Plan, fileName: string): Diagnostic | undefined {
  const lanes = new Set(plan.content.lanes.map((lane) => lane.id));
  const steps = new Map(plan.content.steps.map((step) => [step.id, step.lane]));
  const found =
    lanes.size !== plan.content.lanes.length
      ? "two lanes have the same id"
      : steps.size !== plan.content.steps.length
        ? "two steps have the same id"
        : findLooseEnd(plan, lanes, steps);
  if (found === undefined) return undefined;
  return {
    code: "E-PLAN-NOT-A-PLAN",
    message: `${fileName} is not a sound plan: ${found}`,
    help: "make a new plan from the spec",
  };
}

function findLooseEnd(
  plan: Plan,
  lanes: ReadonlySet<string>,
  steps: ReadonlyMap<string, string>,
): string | undefined {
  for (const step of plan.content.steps) {
    if (!lanes.has(step.lane)) return `step ${step.id} is in lane ${step.lane}, which is not there`;
    const loose = step.needs.find((need) => !steps.has(need));
    if (loose !== undefined) return `step ${step.id} needs step ${loose}, which is not there`;
    const far = step.needs.find((need) => steps.get(need) !== step.lane);
    if (far !== undefined) return `step ${step.id} needs step ${far}, which is in another lane`;
  }
  return undefined;
}
