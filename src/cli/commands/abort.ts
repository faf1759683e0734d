import { command } from "../command.ts";
import { AWS_ARGS, CLUSTER_ARGS, STATE_ARGS } from "../common-args.ts";

export const abortCommand = command({
  name: "abort",
  summary: "Close a stopped run and undo what still stands as it left it: its cordons.",
  args: {
    run: { type: "positional", required: true, description: "The run's id, as status shows it." },
    ...STATE_ARGS,
    ...CLUSTER_ARGS,
    ...AWS_ARGS,
  },
  async run(values, terminal) {
    const { abortStoredRun } = await import("../abort-stored-run.ts");
    return abortStoredRun(
      {
        run: values.run,
        stateFolder: values["state-dir"],
        kubeconfig: values.kubeconfig,
        context: values.context,
        region: values["aws-region"],
      },
      terminal,
    );
  },
});
