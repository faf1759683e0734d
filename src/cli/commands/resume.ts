import { executeCommand } from "./execute-command.ts";

export const resumeCommand = executeCommand("resume", {
  summary: "Go on with the unfinished run of a plan, from where it stopped.",
});
