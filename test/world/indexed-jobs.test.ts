import { describe, expect, test } from "vitest";
import type { Json } from "#gateway/wire.ts";
import { buildWorld } from "#world/build-world.ts";
import { indexesText, parseIndexes } from "#world/kubernetes/index-list.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { Job } from "#world/kubernetes/workload-types.ts";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { startTime } from "./support.ts";

const path = "/apis/batch/v1/namespaces/default/jobs";
const indexKey = "batch.kubernetes.io/job-completion-index";

function bodyOf(spec: object): Json {
  const containers = [{ name: "c", image: "example/job:1" }];
  const template = {
    metadata: { annotations: { "rig/run-time": "20s", "rig/stop-time": "3s" } },
    spec: { restartPolicy: "Never", containers },
  };
  return { metadata: { name: "job" }, spec: { completionMode: "Indexed", ...spec, template } } as Json;
}

class Stage {
  readonly world: World;
  readonly probe: Probe;

  constructor(spec: object, crashing: readonly number[] = []) {
    const groups = [{ name: "nodes-a", size: 2, zones: ["eu-west-1a"] }];
    this.world = buildWorld({ name: "jobs", groups, workloads: [] }, { seed: 5, now: startTime });
    this.probe = new Probe(this.world);
    this.world.afflict("crashLoop", (pod) => crashing.includes(Number(pod.metadata.annotations?.[indexKey])));
    expect(this.probe.send("POST", path, bodyOf(spec)).status).toBe(201);
    this.pass(2000);
  }

  pass(ms: number): void {
    this.world.advance(this.world.now + ms);
  }

  get job(): Job {
    const job = this.world.get("jobs", "default", "job");
    if (job === undefined) throw new Error("there is no Job");
    return job;
  }

  /** The last conditions, as "Type Reason". */
  get conditions(): readonly string[] {
    return (this.job.status.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`);
  }

  get pods(): readonly Pod[] {
    return this.world.list("pods");
  }

  running(): readonly string[] {
    const live = this.pods.filter(({ metadata, status }) => {
      return (
        metadata.deletionTimestamp === undefined && !["Failed", "Succeeded"].includes(status.phase ?? "")
      );
    });
    return live.map(({ metadata }) => metadata.labels?.[indexKey] ?? "none").toSorted();
  }

  of(index: number): readonly Pod[] {
    return this.pods.filter(({ metadata }) => metadata.labels?.[indexKey] === String(index));
  }
}

describe("an indexed Job", () => {
  test("gives each pod an index: name, host name, label, annotation and variable", () => {
    const { pods } = new Stage({ completions: 3, parallelism: 3 });
    const [first] = pods;
    expect(pods.map(({ spec }) => spec.hostname)).toEqual(["job-0", "job-1", "job-2"]);
    expect(first?.metadata).toMatchObject({
      name: expect.stringMatching(/^job-0-[a-z0-9]{5}$/),
      generateName: "job-0-",
      labels: { [indexKey]: "0", "batch.kubernetes.io/job-name": "job" },
      annotations: { [indexKey]: "0", "rig/run-time": "20s" },
    });
    expect(first?.spec.containers[0]).toMatchObject({
      env: [
        {
          name: "JOB_COMPLETION_INDEX",
          valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.labels['${indexKey}']` } },
        },
      ],
    });
  });

  test("works its indexes off, lowest first, and tells which are done", () => {
    const stage = new Stage({ completions: 5, parallelism: 2 });
    expect(stage.running()).toEqual(["0", "1"]);
    stage.pass(21_000);
    expect(stage.job.status).toMatchObject({ succeeded: 2, completedIndexes: "0,1" });
    expect(stage.running()).toEqual(["2", "3"]);
    stage.pass(50_000);
    expect(stage.job.status).toMatchObject({ succeeded: 5, completedIndexes: "0-4" });
    expect(stage.conditions).toEqual([
      "SuccessCriteriaMet CompletionsReached",
      "Complete CompletionsReached",
    ]);
    expect(stage.world.nextAt()).toBeUndefined();
  });

  test("makes an index anew whose pod was deleted, after its wait, and no other", () => {
    const stage = new Stage({ completions: 3, parallelism: 3 });
    stage.probe.send("DELETE", `/api/v1/namespaces/default/pods/${stage.of(1)[0]?.metadata.name}`);
    stage.pass(5000);
    expect(stage.running()).toEqual(["0", "2"]);
    expect(stage.job.status.failed).toBe(1);
    stage.pass(8000);
    expect(stage.running()).toEqual(["0", "1", "2"]);
  });

  test("may get more or fewer indexes while all run at once", () => {
    const stage = new Stage({ completions: 3, parallelism: 3 });
    expect(stage.probe.patch(`${path}/job`, { spec: { completions: 2 } }).body.message).toBe(
      'Job.batch "job" is invalid: spec.completions: Invalid value: 2: can only be modified in tandem with spec.parallelism',
    );
    expect(stage.probe.patch(`${path}/job`, { spec: { completions: 2, parallelism: 2 } }).status).toBe(200);
    stage.pass(5000);
    expect(stage.running()).toEqual(["0", "1"]);
    stage.pass(30_000);
    expect(stage.job.status).toMatchObject({ succeeded: 2, completedIndexes: "0,1" });
    expect(stage.conditions.at(-1)).toBe("Complete CompletionsReached");
  });
});

describe("a Job that fails index by index", () => {
  test("tries each as often as it may, later each time, and fails in the end with the others done", () => {
    const stage = new Stage({ completions: 3, parallelism: 3, backoffLimitPerIndex: 1 }, [1]);
    stage.pass(3000);
    expect(stage.job.status).toMatchObject({ failed: 1, failedIndexes: "" });
    expect(stage.running()).toEqual(["0", "2"]);
    stage.pass(12_000);
    expect(stage.job.status).toMatchObject({ failed: 2, failedIndexes: "1" });
    const counts = stage
      .of(1)
      .map(({ metadata }) => metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"]);
    expect(counts.toSorted()).toEqual(["0", "1"]);
    stage.pass(30_000);
    expect(stage.job.status).toMatchObject({ succeeded: 2, completedIndexes: "0,2", failedIndexes: "1" });
    expect(stage.conditions).toEqual(["FailureTarget FailedIndexes", "Failed FailedIndexes"]);
  });

  test("an index may fail at once by a rule, and failures that are ignored do not count", () => {
    const onExitCodes = { operator: "In", values: [1] };
    const failing = { rules: [{ action: "FailIndex", onExitCodes }] };
    const spec = { completions: 2, parallelism: 2, backoffLimitPerIndex: 5 };
    const stage = new Stage({ ...spec, podFailurePolicy: failing }, [1]);
    stage.pass(30_000);
    expect(stage.job.status).toMatchObject({ failed: 1, failedIndexes: "1", completedIndexes: "0" });
    const ignoring = { rules: [{ action: "Ignore", onExitCodes }] };
    const other = new Stage({ ...spec, backoffLimitPerIndex: 0, podFailurePolicy: ignoring }, [1]);
    other.pass(15_000);
    expect(other.job.status).toMatchObject({ failedIndexes: "" });
    const key = "batch.kubernetes.io/job-index";
    const annotations = other.of(1).map(({ metadata }) => metadata.annotations);
    expect(annotations.map((all) => all?.[`${key}-failure-count`])).toEqual(["0", "0"]);
    expect(annotations.flatMap((all) => all?.[`${key}-ignored-failure-count`] ?? [])).toEqual(["1"]);
  });

  test("stops as soon as more have failed than may", () => {
    const spec = { completions: 3, parallelism: 3, backoffLimitPerIndex: 0, maxFailedIndexes: 0 };
    const stage = new Stage(spec, [1]);
    stage.pass(8000);
    expect(stage.conditions).toEqual([
      "FailureTarget MaxFailedIndexesExceeded",
      "Failed MaxFailedIndexesExceeded",
    ]);
    expect(stage.running()).toEqual([]);
  });
});

test("a success policy ends a Job before all are done, and what it stops has not failed", () => {
  const successPolicy = { rules: [{ succeededIndexes: "0", succeededCount: 1 }] };
  const stage = new Stage({ completions: 3, parallelism: 1, successPolicy });
  stage.probe.patch(`${path}/job`, { spec: { parallelism: 2 } });
  stage.pass(60_000);
  expect(stage.conditions).toEqual(["SuccessCriteriaMet SuccessPolicy", "Complete SuccessPolicy"]);
  expect(stage.job.status).toMatchObject({ succeeded: 1, completedIndexes: "0" });
  expect(stage.job.status.failed).toBeUndefined();
  expect(stage.world.nextAt()).toBeUndefined();
});

test("what an indexed Job needs, and others may not have, is told", () => {
  const groups = [{ name: "nodes-a", size: 1, zones: ["eu-west-1a"] }];
  const world = buildWorld({ name: "jobs", groups, workloads: [] }, { seed: 5, now: startTime });
  const causesOf = (spec: object): readonly string[] => {
    const { body } = new Probe(world).send("POST", path, bodyOf(spec));
    return (body.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`);
  };
  expect(causesOf({ maxFailedIndexes: 1, parallelism: 1 })).toEqual([
    "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
    "spec.completions: Required value: when completion mode is Indexed",
  ]);
  expect(causesOf({ completionMode: "NonIndexed", backoffLimitPerIndex: 1 })).toEqual([
    "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
  ]);
  expect(causesOf({ completionMode: "Other", completions: 1 })).toEqual([
    'spec.completionMode: Unsupported value: "Other": supported values: "NonIndexed", "Indexed"',
  ]);
});

test("indexes are written as runs, and read back as far as there are any", () => {
  expect(indexesText([7, 0, 1, 2, 5, 8, 11])).toBe("0-2,5,7,8,11");
  expect([...parseIndexes("0-2,5,7,8,11", 8)]).toEqual([0, 1, 2, 5, 7]);
  expect([...parseIndexes(undefined, 8)]).toEqual([]);
});
