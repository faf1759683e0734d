import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { PlanContent } from "#model/plan.ts";
import { decodePlan } from "#schema/plan-file.ts";
import { encodePlan, sealPlan } from "#schema/seal-plan.ts";
import { aPlanMeta } from "#test/builders/a-plan.ts";
import { strictValidator } from "#test/schema/strict-schema.ts";
import { loadScenario, smallWorld } from "#test/world/support.ts";
import { exampleSpec, planOnWorld } from "./plan-on-world.ts";

const EXAMPLES = readdirSync(new URL("../../plans/", import.meta.url))
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.slice(0, -".yaml".length));

/** The scenario `small`, with a control plane of three where the example needs one. */
function worldFor(example: string) {
  if (example !== "control-plane-apart") return smallWorld();
  const groups = loadScenario("small").groups.map((group) =>
    group.role === "control-plane"
      ? { ...group, size: 3, max: 3, zones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
      : group,
  );
  return smallWorld(1, { groups });
}

/** Made when the world stands as it is. */
const META = aPlanMeta({ createdAt: "2026-03-02T08:00:00Z", expiresAt: "2026-03-05T08:00:00Z" });

const planOf = (example: string): Promise<PlanContent> =>
  planOnWorld(exampleSpec(example), worldFor(example));

describe.each(EXAMPLES)("the example %s", (example) => {
  test("makes the plan that is committed, which can be applied", async () => {
    const content = await planOf(example);
    expect(content.blockers).toEqual([]);
    const text = encodePlan(content, META);
    await expect(text).toMatchFileSnapshot(`${example}.plan.json`);
    expect(decodePlan(text, "plan.json")).toEqual({ kind: "ok", plan: sealPlan(content, META) });
  });

  test("makes a plan whose every field the schema knows", async () => {
    const validate = strictValidator("plan");
    validate(sealPlan(await planOf(example), META));
    expect(validate.errors ?? []).toEqual([]);
  });
});

describe("the examples", () => {
  test("are at least four", () => {
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(4);
  });

  test("roll every worker of the group and no other node", async () => {
    const { lanes, steps } = await planOf("roll-nodes");
    expect(lanes.map(({ kind }) => kind)).toEqual(["node", "node", "node"]);
    const groups = steps.flatMap((step) => (step.kind === "TerminateInstance" ? [step.target.group] : []));
    expect(groups).toEqual(["nodes-a", "nodes-a", "nodes-a"]);
  });

  test("drain a node without a word to AWS", async () => {
    const { cluster, steps } = await planOf("drain-node");
    expect(cluster.aws).toBeNull();
    expect(steps.some(({ kind }) => kind === "TerminateInstance")).toBe(false);
  });

  test("restart each pod of the service once", async () => {
    const { steps } = await planOf("restart-pods");
    const evicted = steps.flatMap((step) => (step.kind === "EvictPod" ? [step.target.uid] : []));
    expect(new Set(evicted).size).toBe(6);
    expect(evicted.length).toBe(6);
  });

  test("roll the workers before the control plane", async () => {
    const { lanes } = await planOf("control-plane-apart");
    const planes = lanes.map((lane) => lane.kind === "node" && lane.controlPlane);
    expect(planes).toEqual([false, false, false, true, true, true]);
  });
});
