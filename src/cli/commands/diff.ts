import { EXIT } from "#model/exit-codes.ts";
import { command } from "../command.ts";
import { readPlan } from "../load-documents.ts";
import { TEXT_FORMAT_ARGS } from "../show-plan.ts";

export const diffCommand = command({
  name: "diff",
  summary: "Show how two plan files differ, and whether an approval of one holds for the other.",
  details:
    "Steps are compared by their id: + added, - removed, > moved, ~ changed. What differs only outside of\n" +
    "what the digest covers (times, versions) is no difference. Needs no cluster.",
  isBrief: true,
  args: {
    old: {
      type: "positional",
      required: true,
      valueHint: "FILE",
      description: "The plan file to compare with.",
    },
    new: {
      type: "positional",
      required: true,
      valueHint: "FILE",
      description: "The plan file that may differ, or -.",
    },
    ...TEXT_FORMAT_ARGS,
    "exit-code": { type: "boolean", description: "Exit 2 where the plans differ." },
  },
  async run({ old, new: file, output, "exit-code": tells }, terminal) {
    const plans = { old: await readPlan(old, terminal), now: await readPlan(file, terminal) };
    const { planDiffDocument } = await import("../show-plan-diff.ts");
    terminal.stdout.write(planDiffDocument(plans, output ?? "text", terminal.stdout));
    return tells === true && plans.old.digest !== plans.now.digest ? EXIT.differences : EXIT.done;
  },
});
