import { command } from "../command.ts";
import { APPROVE_ARGS, AWS_ARGS, CLUSTER_ARGS, STATE_ARGS, YES_ARGS } from "../common-args.ts";

export const resumeCommand = command({
  name: "resume",
  summary: "Go on with the unfinished run of a plan, from where it stopped.",
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
        mode: "resume",
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
