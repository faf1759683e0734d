import { expect, test } from "vitest";
import { aBudget } from "#test/builders/a-budget.ts";
import { aPod } from "#test/builders/a-pod.ts";
import { aNodesTarget, aSpec } from "#test/builders/a-spec.ts";
import { aSmallWorld } from "#test/builders/a-world.ts";
import { planned } from "#test/builders/planned.ts";

const everyPod = aBudget({ name: "all", selector: { requirements: [] } });

test("a pod names the budgets that count its eviction, sorted, and no other", () => {
  const world = aSmallWorld();
  const [first] = world.pods;
  const pending = world.pods.map((pod) =>
    pod === first ? aPod({ ...pod, phase: "Pending", ready: false }) : pod,
  );
  const spec = aSpec({ targets: [aNodesTarget({ names: ["node-1", "node-2"] })] });
  const { pods } = planned(spec, {
    ...world,
    pods: pending,
    budgets: [aBudget(), everyPod, aBudget({ namespace: "other", name: "db" })],
  }).observed;
  expect(pods.map(({ name, budgets }) => [name, ...budgets].join(" "))).toEqual([
    "db-0 all",
    "db-1 all",
    "web-55d9-1",
    "web-55d9-2 all web",
    "agent-1",
    "agent-2",
    "coredns-55d9-1",
    "coredns-55d9-2",
  ]);
});
