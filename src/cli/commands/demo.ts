import { command } from "../command.ts";
import { failUsage } from "../failure.ts";

export const demoCommand = command({
  name: "demo",
  summary: "Plan, apply, kill -9 and resume on an embedded cluster, in less than a minute.",
  details: `Serves the scenario small on the loopback, as dextre sandbox does, and runs processes of dextre on it: plan,
apply, which is killed in the middle of an eviction, and resume. At the end the servers' own log is counted.
Touches nothing outside, and leaves nothing behind.`,
  args: {
    speed: {
      type: "string",
      default: "6",
      valueHint: "FACTOR",
      description: "How many times as fast instances boot and pods start and stop, 1 to 20 (6 unless given).",
    },
  },
  async run({ speed }, terminal) {
    const factor = Number(speed);
    if (!(factor >= 1 && factor <= 20))
      failUsage(`--speed ${speed} is not a number from 1 to 20`, "see: dextre demo --help");
    const { runDemo } = await import("../demo/run-demo.ts");
    return runDemo({ speed: factor, program: thisProgram() }, terminal);
  },
});

const thisProgram = (): readonly string[] => [
  process.execPath,
  ...process.execArgv,
  ...process.argv.slice(1, 2),
];
