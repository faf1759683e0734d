import { command } from "../command.ts";
import { AWS_ARGS, CLUSTER_ARGS } from "../common-args.ts";
import { FORMAT_ARGS } from "../show-plan.ts";

export const planCommand = command({
  name: "plan",
  summary: "Make a plan from a spec and the cluster as it is. Changes nothing.",
  details:
    "A plan with blockers is written whole, cannot be applied, and exits 3.\n" +
    "Save it, review it, apply it:\n  dextre plan -f upgrade.yaml --out plan.json\n  dextre apply plan.json",
  args: {
    file: {
      type: "string",
      alias: "f",
      required: true,
      valueHint: "FILE|-",
      description: "The spec, or - for standard input.",
    },
    out: {
      type: "string",
      valueHint: "FILE",
      description: "Write the plan there, whole or not at all, and show it.",
    },
    "expires-in": {
      type: "string",
      default: "72h",
      valueHint: "DURATION",
      description: "How long a run of it may be started (72h unless given). It may always be resumed.",
    },
    against: {
      type: "string",
      valueHint: "FILE",
      description:
        "An older plan: shows behind the new plan how it differs; on stderr where stdout has JSON.",
    },
    "detailed-exitcode": {
      type: "boolean",
      description: "Exit 2 where there is something to do; with --against, where the plans differ.",
    },
    ...FORMAT_ARGS,
    ...CLUSTER_ARGS,
    ...AWS_ARGS,
  },
  async run(values, terminal) {
    const { runPlanCommand } = await import("../make-plan-document.ts");
    return runPlanCommand(
      {
        specFile: values.file,
        out: values.out,
        expiresIn: values["expires-in"],
        against: values.against,
        detailedExitCode: values["detailed-exitcode"] === true,
        format: values.output,
        kubeconfig: values.kubeconfig,
        context: values.context,
        region: values["aws-region"],
      },
      terminal,
    );
  },
});
