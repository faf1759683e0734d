import { command } from "../command.ts";
import { LABEL_ARGS, ONE_LINER_ARGS } from "../one-liner/one-liner-args.ts";

export const rollNodesCommand = command({
  name: "roll nodes",
  summary: "Replace nodes one after the other: drain, end the instance, await the new node.",
  details:
    "Nodes that match everything that is given; at least one of --role, --label, --kops-instance-group.\n" +
    "dextre roll nodes --role node --label type=some",
  args: {
    role: {
      type: "string",
      valueHint: "ROLE",
      description: "Label node-role.kubernetes.io/ROLE, or kubernetes.io/role=ROLE.",
    },
    ...LABEL_ARGS,
    "kops-instance-group": {
      type: "string",
      valueHint: "NAME[,NAME]",
      description: "kOps instance groups, or auto scaling groups.",
    },
    ...ONE_LINER_ARGS,
  },
  async run(values, terminal) {
    const { rollNodes } = await import("../one-liner/roll-nodes.ts");
    return rollNodes(values, terminal);
  },
});
