import { command } from "../command.ts";
import { ONE_LINER_ARGS } from "../one-liner/one-liner-args.ts";

export const drainCommand = command({
  name: "drain",
  summary: "Empty one node, pod by pod: shows what will move, asks, does it.",
  details:
    "The node stays cordoned, and the last line says how to uncordon it. With --terminate-node its instance\n" +
    "is ended, and its auto scaling group launches the successor.",
  args: {
    name: {
      type: "positional",
      required: false,
      description: "The node, where --node does not say it.",
    },
    node: { type: "string", valueHint: "NAME", description: "The node." },
    "terminate-node": {
      type: "boolean",
      description: "End the node's instance once it is empty, and await the new node.",
    },
    ...ONE_LINER_ARGS,
  },
  async run(values, terminal) {
    const { drainNode } = await import("../one-liner/drain-node.ts");
    return drainNode(values, terminal);
  },
});
