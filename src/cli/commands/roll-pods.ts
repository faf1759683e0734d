import { command } from "../command.ts";
import { LABEL_ARGS, ONE_LINER_ARGS } from "../one-liner/one-liner-args.ts";

export const rollPodsCommand = command({
  name: "roll pods",
  summary: "Evict each pod with some labels once, the next when the one before is replaced.",
  details: "dextre roll pods --label app=service --namespace default",
  args: {
    ...LABEL_ARGS,
    namespace: {
      type: "string",
      alias: "n",
      required: true,
      valueHint: "NAME",
      description: "Where they are.",
    },
    ...ONE_LINER_ARGS,
  },
  async run(values, terminal) {
    const { rollPods } = await import("../one-liner/roll-pods.ts");
    return rollPods(values, terminal);
  },
});
