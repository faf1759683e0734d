import { EXIT } from "#model/exit-codes.ts";
import { command } from "../command.ts";
import { readPlan } from "../load-documents.ts";
import { planDocument, TEXT_FORMAT_ARGS } from "../show-plan.ts";

export const showCommand = command({
  name: "show",
  summary: "Show a plan file as text, Markdown or JSON. Needs no cluster.",
  isBrief: true,
  args: {
    plan: {
      type: "positional",
      required: true,
      valueHint: "FILE",
      description: "The plan file, or - for standard input.",
    },
    ...TEXT_FORMAT_ARGS,
  },
  async run({ plan: file, output }, terminal) {
    const plan = await readPlan(file, terminal);
    const document = await planDocument({ plan, planFile: file }, output ?? "text", terminal.stdout);
    terminal.stdout.write(document);
    return EXIT.done;
  },
});
