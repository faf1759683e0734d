import { EXIT } from "#model/exit-codes.ts";
import { command } from "../command.ts";
import { writeLines } from "../write-lines.ts";

export const explainCommand = command({
  name: "explain",
  summary: "Say what a code such as B-UNMANAGED-POD means, why it matters and what to do.",
  isBrief: true,
  args: {
    code: {
      type: "positional",
      required: false,
      valueHint: "CODE",
      description: "The code; without one all are listed.",
    },
  },
  async run({ code }, terminal) {
    const { explainCode, listCodes } = await import("../explain-code.ts");
    writeLines(terminal.stdout, code === undefined ? listCodes() : explainCode(code));
    return EXIT.done;
  },
});
