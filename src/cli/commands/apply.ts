import { command } from "../command.ts";
import { APPROVE_ARGS, AWS_ARGS, CLUSTER_ARGS, STATE_ARGS, YES_ARGS } from "../common-args.ts";

export const applyCommand = command({
  name: "apply",
  summary: "Carry out a plan; where its run was begun, go on from there.",
  details:
    "The first SIGINT or SIGTERM stops at a safe point (exit 4), the second at once. A shell does not\n" +
    "hand signals on: in a script or a container, begin the last line with  exec dextre apply plan.json",
  args: {
    plan: { type: "positional", required: true, valueHint: "FILE", description: "The plan file." },
    ...APPROVE_ARGS,
    ...YES_ARGS,
    ...STATE_ARGS,
    ...CLUSTER_ARGS,
    ...AWS_ARGS,
  },
  async run(values, terminal) {
    const { executePlan } = await import("../execute-plan.ts");
    return executePlan(
      {
        mode: "apply",
        planFile: values.plan,
        approve: values.approve,
        stateFolder: values["state-dir"],
        kubeconfig: values.kubeconfig,
        context: values.context,
        region: values["aws-region"],
      },
      terminal,
    );
  },
});
