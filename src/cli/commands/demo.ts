import { command } from "../command.ts";
import { failUsage } from "../failure.ts";

export const demoCommand = command({
  name: "demo",
  summary:
    "Plan, apply, crash and resume on an embedded cluster. Touches nothing outside; about half a minute.",
  args: {
    speed: {
      type: "string",
      default: "6",
      valueHint: "FACTOR",
      description: "How many times as fast as life, 1 to 20 (6 unless given).",
    },
  },
  async run({ speed }, terminal) {
    const factor = Number(speed);
    if (!(factor >= 1 && factor <= 20))
      failUsage(`--speed ${speed} is not a number from 1 to 20`, "see: dextre demo --help");
    const { runDemo } = await import("../demo/run-demo.ts");
    return runDemo(factor, terminal);
  },
});
