import { type Command, command } from "../command.ts";
import { APPROVE_ARGS, AWS_ARGS, CLUSTER_ARGS, STATE_ARGS, YES_ARGS } from "../common-args.ts";

/** apply and resume: the same words and the same work, but that a resume begins nothing. */
export const executeCommand = (
  mode: "apply" | "resume",
  head: { readonly summary: string; readonly details?: string },
): Command =>
  command({
    name: mode,
    ...head,
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
          mode,
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
