import { executeCommand } from "./execute-command.ts";

export const applyCommand = executeCommand("apply", {
  summary: "Carry out a plan; where its run was begun, go on from there.",
  details:
    "The first SIGINT or SIGTERM stops at a safe point (exit 4), the second at once. A shell does not\n" +
    "hand signals on: in a script or a container, begin the last line with  exec dextre apply plan.json",
});
