import { EXIT } from "#model/exit-codes.ts";
import { count } from "#render/words.ts";
import { command } from "../command.ts";
import { readSpec } from "../load-documents.ts";
import { nameOfDocument } from "../read-text.ts";

export const validateCommand = command({
  name: "validate",
  summary: "Check a spec: every fault at once, each with its place and its fix. Needs no cluster.",
  isBrief: true,
  args: {
    file: {
      type: "string",
      alias: "f",
      required: true,
      valueHint: "FILE|-",
      description: "The spec, or - for standard input.",
    },
  },
  async run({ file }, terminal) {
    const spec = await readSpec(file, terminal);
    terminal.stdout.write(
      `${nameOfDocument(file)} is valid: ${spec.name}, ${count(spec.targets.length, "target")}\n`,
    );
    return EXIT.done;
  },
});
