import { commandGroup } from "../command.ts";
import { rollNodesCommand } from "./roll-nodes.ts";
import { rollPodsCommand } from "./roll-pods.ts";

export const rollCommand = commandGroup({
  name: "roll",
  summary: "Roll pods or nodes by their labels: shows what will move, asks, does it.",
  subcommands: [rollPodsCommand, rollNodesCommand],
});
