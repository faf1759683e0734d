import { command } from "../command.ts";
import { CLUSTER_ARGS, STATE_ARGS } from "../common-args.ts";

export const statusCommand = command({
  name: "status",
  summary: "Show the runs of a cluster, who holds the lock, and which nodes are cordoned by dextre.",
  args: {
    output: { type: "enum", alias: "o", options: ["text", "json"], description: "text unless given." },
    ...STATE_ARGS,
    ...CLUSTER_ARGS,
  },
  async run(values, terminal) {
    const { showStatus } = await import("../show-status.ts");
    return showStatus(
      {
        format: values.output ?? "text",
        stateFolder: values["state-dir"],
        kubeconfig: values.kubeconfig,
        context: values.context,
      },
      terminal,
    );
  },
});
