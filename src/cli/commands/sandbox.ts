import { command } from "../command.ts";
import { failUsage } from "../failure.ts";

export const sandboxCommand = command({
  name: "sandbox",
  summary: "Serve an embedded cluster and its cloud on the loopback, for kubectl, dextre and aws.",
  details: `Stays in the foreground and shows what happens in the cluster; Ctrl-C ends it and takes everything away.
The export lines that it prints point a second terminal at it. Touches nothing outside. Scenarios:
  small          three workers over three zones with a newer launch template waiting, and budgets
  mixed          twelve workers in two groups, three control-plane nodes, every kind of workload
  stuck          a budget that never allows, a replacement that never gets Ready, a pod that never stops
  singleton      workloads of one replica, one of them behind a budget that never lets it go
  zonal-volumes  volumes that keep each pod in its zone, where there is often one node only
  big            1,000 nodes and 30,000 pods`,
  args: {
    scenario: {
      type: "string",
      default: "small",
      valueHint: "FILE|NAME",
      description: "What the cluster looks like: the name of one, or a file (small unless given).",
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
