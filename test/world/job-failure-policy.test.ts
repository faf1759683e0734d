import { describe, expect, test } from "vitest";
import type { Json } from "#gateway/wire.ts";
import { buildWorld } from "#world/build-world.ts";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { startTime } from "./support.ts";

const path = "/apis/batch/v1/namespaces/default/jobs";

function begin(): World {
  const groups = [{ name: "nodes-a", size: 2, zones: ["eu-west-1a"] }];
  return buildWorld({ name: "jobs", groups, workloads: [] }, { seed: 5, now: startTime });
}

function bodyOf(rules: readonly object[], more: object = {}): Json {
  const template = {
    metadata: { annotations: { "rig/run-time": "60s", "rig/stop-time": "1s" } },
    spec: { restartPolicy: "Never", containers: [{ name: "c", image: "example/job:1" }] },
  };
  const spec = { backoffLimit: 0, podFailurePolicy: { rules }, template, ...more };
  return { metadata: { name: "job" }, spec } as Json;
}

function run(world: World, rules: readonly object[]): Probe {
  const probe = new Probe(world);
  expect(probe.send("POST", path, bodyOf(rules)).status).toBe(201);
  world.advance(world.now + 2000);
  return probe;
}

const statusOf = (world: World) => world.get("jobs", "default", "job")?.status;
const evicted = { type: "DisruptionTarget" };

describe("a Job with a failure policy", () => {
  test("does not count a pod that was evicted, where that is ignored, and makes it anew when it has ended", () => {
    const world = begin();
    const probe = run(world, [{ action: "Ignore", onPodConditions: [evicted] }]);
    const [pod] = world.list("pods").filter(({ metadata }) => metadata.labels?.["job-name"] === "job");
    const metadata = { name: pod?.metadata.name ?? "", namespace: "default" };
    const eviction = `/api/v1/namespaces/default/pods/${metadata.name}/eviction`;
    expect(probe.send("POST", eviction, { metadata }).status).toBe(201);
    world.advance(world.now + 5000);
    expect(statusOf(world)?.failed).toBeUndefined();
    expect(statusOf(world)?.conditions).toBeUndefined();
    world.advance(world.now + 80_000);
    expect(statusOf(world)).toMatchObject({ succeeded: 1, conditions: [{}, { type: "Complete" }] });
  });

  test("counts it without such a rule, and fails", () => {
    const world = begin();
    const probe = run(world, [{ action: "Count", onPodConditions: [evicted] }]);
    const name = world.list("pods").find(({ metadata }) => metadata.labels?.["job-name"] === "job")
      ?.metadata.name;
    const body = { metadata: { name: name ?? "", namespace: "default" } };
    probe.send("POST", `/api/v1/namespaces/default/pods/${name}/eviction`, body);
    world.advance(world.now + 5000);
    expect(statusOf(world)).toMatchObject({
      failed: 1,
      conditions: [{ reason: "BackoffLimitExceeded" }, {}],
    });
  });

  test("fails at once by an exit code that no other try would mend", () => {
    const world = begin();
    world.afflict("crashLoop", () => true);
    const rule = { action: "FailJob", onExitCodes: { containerName: "c", operator: "NotIn", values: [42] } };
    run(world, [rule]);
    world.advance(world.now + 5000);
    const name = world.list("pods").find(({ metadata }) => metadata.labels?.["job-name"] === "job")
      ?.metadata.name;
    expect(statusOf(world)?.conditions).toMatchObject([
      {
        type: "FailureTarget",
        reason: "PodFailurePolicy",
        message: `Container c for pod default/${name} failed with exit code 1 matching FailJob rule at index 0`,
      },
      { type: "Failed", reason: "PodFailurePolicy" },
    ]);
  });

  test("is told what is wrong with its rules", () => {
    const rules = [
      { action: "Stop", onPodConditions: [{ type: "A b" }] },
      { action: "FailIndex", onExitCodes: { containerName: "d", operator: "In", values: [2, 0, 2] } },
      { action: "Ignore" },
    ];
    const { body } = new Probe(begin()).send(
      "POST",
      path,
      bodyOf(rules, { podReplacementPolicy: "TerminatingOrFailed" }),
    );
    const at = "spec.podFailurePolicy.rules";
    const causes = (body.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`);
    expect(causes.filter((cause) => !cause.includes("name part"))).toEqual([
      `${at}[0].action: Unsupported value: "Stop": supported values: "Count", "FailIndex", "FailJob", "Ignore"`,
      `${at}[1].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set`,
      `${at}[1].onExitCodes.containerName: Invalid value: "d": must be one of the container or initContainer names in the pod template`,
      `${at}[1].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator`,
      `${at}[1].onExitCodes.values[2]: Duplicate value: 2`,
      `${at}[1].onExitCodes.values: Invalid value: [2,0,2]: must be ordered`,
      `${at}[2]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required`,
      'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
    ]);
  });
});
