import { EXIT } from "#model/exit-codes.ts";
import { PLAN_FORMAT_VERSION } from "#model/plan.ts";
import { command } from "../command.ts";
import { DEXTRE_VERSION } from "../version.ts";

export const versionCommand = command({
  name: "version",
  summary: "Print the versions of dextre and of its plan format.",
  isBrief: true,
  args: {},
  async run(_values, terminal) {
    terminal.stdout.write(`dextre ${DEXTRE_VERSION}\nplan format ${PLAN_FORMAT_VERSION}\n`);
    return EXIT.done;
  },
});
