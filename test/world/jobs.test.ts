import { expect, test } from "vitest";
import { buildWorld } from "#world/build-world.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { Job } from "#world/kubernetes/workload-types.ts";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { startTime } from "./support.ts";

function worldWith(
  spec: Readonly<Record<string, unknown>>,
  podSpec: Readonly<Record<string, unknown>> = {},
): World {
  const groups = [{ name: "nodes-a", size: 2, zones: ["eu-west-1a"] }];
  const world = buildWorld({ name: "jobs", groups, workloads: [] }, { seed: 5, now: startTime });
  const containers = [{ name: "c", image: "example/job:1" }];
  const template = {
    metadata: { labels: { app: "job" }, annotations: { "rig/run-time": "20s", "rig/stop-time": "3s" } },
    spec: { restartPolicy: "Never", containers, ...podSpec },
  };
  const answer = new Probe(world).send("POST", "/apis/batch/v1/namespaces/default/jobs", {
    metadata: { name: "job" },
    spec: { ...spec, template },
  } as never);
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  world.advance(world.now + 5000);
  return world;
}

function jobOf(world: World): Job {
  const job = world.get("jobs", "default", "job");
  if (job === undefined) throw new Error("no job");
  return job;
}

function deletePod(world: World, pod: Pod | undefined): void {
  new Probe(world).send("DELETE", `/api/v1/namespaces/default/pods/${pod?.metadata.name}`);
}

function conditionsOf({ status }: Job): readonly string[] {
  return (status.conditions ?? []).map(({ type, status: is, reason }) => `${type}=${is} ${reason}`);
}

test("a Job's pod keeps its finalizer until the Job has counted it", () => {
  const world = worldWith({});
  expect(world.list("pods")[0]?.metadata.finalizers).toEqual(["batch.kubernetes.io/job-tracking"]);
  world.advance(world.now + 30_000);
  expect(world.list("pods")[0]?.metadata.finalizers).toBeUndefined();
  expect(jobOf(world).status).toMatchObject({ succeeded: 1, ready: 0, terminating: 0 });
  expect(world.nextAt()).toBeUndefined();
});

test("podReplacementPolicy Failed waits for the old pod's end before a new one starts", () => {
  const world = worldWith({ podReplacementPolicy: "Failed" });
  deletePod(world, world.list("pods")[0]);
  world.advance(world.now + 2000);
  expect(jobOf(world).status).toMatchObject({ ready: 0, terminating: 1 });
  expect(jobOf(world).status.failed).toBeUndefined();
  world.advance(world.now + 1500);
  expect(jobOf(world).status).toMatchObject({ failed: 1, terminating: 0 });
  expect(world.list("pods")).toEqual([]);
  world.advance(world.now + 11_000);
  expect(world.list("pods")).toHaveLength(1);
});

test("a Job above its backoffLimit stops its other pods first, then is Failed", () => {
  const world = worldWith({ backoffLimit: 0, parallelism: 2, completions: 2 });
  deletePod(world, world.list("pods")[0]);
  world.advance(world.now + 1000);
  expect(conditionsOf(jobOf(world))).toEqual(["FailureTarget=True BackoffLimitExceeded"]);
  world.advance(world.now + 5000);
  expect(conditionsOf(jobOf(world))).toEqual([
    "FailureTarget=True BackoffLimitExceeded",
    "Failed=True BackoffLimitExceeded",
  ]);
  expect(world.list("pods")).toEqual([]);
});

test("a Job that crashes counts each failed pod, and starts the next later each time", () => {
  const world = worldWith({ backoffLimit: 2 });
  world.afflict("crashLoop", () => true);
  deletePod(world, world.list("pods")[0]);
  world.advance(world.now + 120_000);
  expect(jobOf(world).status).toMatchObject({ failed: 3 });
  expect(world.list("pods").map(({ status }) => status.phase)).toEqual(["Failed", "Failed"]);
});

test("a suspended Job has no pods; resumed it goes on", () => {
  const world = worldWith({ suspend: true });
  expect(world.list("pods")).toEqual([]);
  expect(conditionsOf(jobOf(world))).toEqual(["Suspended=True JobSuspended"]);
  new Probe(world).patch("/apis/batch/v1/namespaces/default/jobs/job", { spec: { suspend: false } });
  world.advance(world.now + 5000);
  expect(world.list("pods")).toHaveLength(1);
  expect(conditionsOf(jobOf(world))).toEqual(["Suspended=False JobResumed"]);
  new Probe(world).patch("/apis/batch/v1/namespaces/default/jobs/job", { spec: { suspend: true } });
  world.advance(world.now + 5000);
  expect(world.list("pods")).toEqual([]);
  expect(jobOf(world).status.failed).toBeUndefined();
});

test("a finished Job is removed with its pods after ttlSecondsAfterFinished", () => {
  const world = worldWith({ ttlSecondsAfterFinished: 60 });
  world.advance(world.now + 30_000);
  expect(conditionsOf(jobOf(world))).toContain("Complete=True CompletionsReached");
  world.advance(world.now + 70_000);
  expect(world.list("jobs")).toEqual([]);
  expect(world.list("pods")).toEqual([]);
});

test("a Job that runs longer than activeDeadlineSeconds fails", () => {
  const world = worldWith({ activeDeadlineSeconds: 10 });
  world.advance(world.now + 20_000);
  expect(conditionsOf(jobOf(world))).toContain("Failed=True DeadlineExceeded");
});

test("a Job that another controller manages is left to it", () => {
  const world = worldWith({ managedBy: "example.com/queue" });
  world.advance(world.now + 20_000);
  expect(world.list("pods")).toEqual([]);
  expect(jobOf(world).status).toEqual({});
});
