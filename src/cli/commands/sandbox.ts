import { command } from "../command.ts";
import { failUsage } from "../failure.ts";

export const sandboxCommand = command({
  name: "sandbox",
  summary: "Serve an embedded cluster and its cloud on the loopback, for kubectl, dextre and aws.",
  details:
    "Stays in the foreground and shows what happens in the cluster; Ctrl-C ends it and takes everything away.\nThe export lines that it prints point a second terminal at it. Touches nothing outside.",
  args: {
    scenario: {
      type: "string",
      default: "small",
      valueHint: "FILE|NAME",
      description: "What the cluster looks like: small, mixed, stuck, big, or a file (small unless given).",
    },
    speed: {
      type: "string",
      default: "1",
      valueHint: "FACTOR",
      description:
        "How many times as fast instances boot and pods start and stop, 1 to 100 (1 unless given).",
    },
  },
  async run({ scenario, speed }, terminal) {
    const factor = Number(speed);
    if (!(factor >= 1 && factor <= 100))
      failUsage(`--speed ${speed} is not a number from 1 to 100`, "see: dextre sandbox --help");
    const { runSandbox } = await import("../sandbox/run-sandbox.ts");
    return runSandbox({ scenario, speed: factor }, terminal);
  },
});
