import { expect, test } from "vitest";
import { repeatFlags } from "#cli/repeat-flags.ts";

test("a command that goes on with a run names the flags that chose its cluster and its state", () => {
  const none = { stateFolder: undefined, kubeconfig: undefined, context: undefined };
  expect(repeatFlags(none)).toBe("");
  expect(repeatFlags({ ...none, stateFolder: "my runs", context: "it's prod", region: "eu-west-1" })).toBe(
    String.raw` --state-dir 'my runs' --context 'it'\''s prod' --aws-region eu-west-1`,
  );
});
