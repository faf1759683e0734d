import { expect, test } from "vitest";
import { shortNames } from "#render/short-names.ts";
import { aRollingPlan } from "./a-rolling-plan.ts";

function planOn(...names: readonly string[]) {
  const plan = aRollingPlan();
  const [first] = plan.content.observed.nodes;
  if (!first) throw new Error("the plan has changed");
  const nodes = names.map((name) => ({ ...first, name }));
  return aRollingPlan({ observed: { ...plan.content.observed, nodes, pods: [] } });
}

test("node names lose the domain that they all have, wherever they stand", () => {
  const short = shortNames(planOn("ip-10-0-1-4.eu-west-1.compute.internal", "a.eu-west-1.compute.internal"));
  expect(short("ready again on ip-10-0-2-4.eu-west-1.compute.internal in 4 s")).toBe(
    "ready again on ip-10-0-2-4 in 4 s",
  );
});

test.each([
  [["a.one.internal", "a.two.internal"], "two domains"],
  [["10.0.0.1"], "addresses"],
  [["node-1"], "plain names"],
])("%j stay as they are: %s", (names) => {
  expect(shortNames(planOn(...names))(names.join(" "))).toBe(names.join(" "));
});
