import { describe, expect, it } from "vitest";
import type { Pod, Workload } from "#model/objects.ts";
import { countBefore } from "#rules/replaced.ts";
import { aNode } from "#test/builders/a-node.ts";
import { aPod, refOf } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";
import { aDaemonSet, aJob, aStatefulSet } from "#test/builders/a-workload.ts";
import { timeAfter } from "#test/builders/fixed.ts";
import { judge, terminating, textOf, unready } from "./after-eviction.ts";

/** StatefulSet db of 3 whose db-1 has been evicted. */
function evictedFromStatefulSet(name = "db-1", fields: Partial<Workload> = {}) {
  const db = aStatefulSet(fields);
  const pod = (podName: string, more: Partial<Pod> = {}): Pod => aPod({ of: db, name: podName, ...more });
  const victim = pod(name);
  const others = ["db-0", "db-1", "db-2"].filter((one) => one !== name).map((one) => pod(one));
  const snapshot = aSnapshot({ workloads: [db], pods: [terminating(victim), ...others] });
  const renewed = (more: Partial<Pod> = {}): Pod =>
    pod(name, { uid: "renewed", nodeName: "node-3", ...more });
  return { db, pod, renewed, snapshot, victim, owner: db };
}

describe("a StatefulSet's pod", () => {
  it("is replaced by the pod of its name with another UID, once that is Ready", () => {
    const scene = evictedFromStatefulSet();
    expect(textOf(judge(scene))).toBe("N-POD-TERMINATING db-1 is still stopping (2 of 3 available)");
    scene.snapshot.removePod("default", "db-1");
    expect(judge(scene)).toMatchObject({ reason: { code: "N-NO-REPLACEMENT-YET" } });
    scene.snapshot.putPod(unready(scene.renewed({ phase: "Pending" })));
    expect(textOf(judge(scene))).toContain("N-REPLACEMENT-NOT-READY replacement db-1 is Pending");
    scene.snapshot.putPod(scene.renewed());
    expect(textOf(judge(scene))).toBe("R-REPLACED ready again on node-3");
  });

  it("waits for its namesake although others became Ready and the count is back", () => {
    const scene = { ...evictedFromStatefulSet(), before: 2 };
    scene.snapshot.putPod(unready(scene.renewed()));
    expect(judge(scene)).toMatchObject({ kind: "waiting", reason: { code: "N-REPLACEMENT-NOT-READY" } });
  });

  it("waits for the rest of the count although its namesake is Ready", () => {
    const scene = evictedFromStatefulSet();
    scene.snapshot.putPod(scene.renewed());
    scene.snapshot.putPod(unready(scene.pod("db-2")));
    expect(judge(scene)).toMatchObject({ kind: "waiting" });
  });

  it("whose ordinal is no longer asked for does not come back, and is not its own replacement", () => {
    const scene = evictedFromStatefulSet("db-2");
    scene.snapshot.putWorkload({ ...scene.db, replicas: 2 });
    const answer = judge(scene);
    expect(textOf(answer)).toBe("R-NOT-REPLACED StatefulSet db asks for 2 now");
    expect(answer).toMatchObject({ replacement: null });
  });

  it("comes back although the set asks for fewer, where its ordinal still is", () => {
    const scene = evictedFromStatefulSet("db-0");
    scene.snapshot.putWorkload({ ...scene.db, replicas: 2 });
    expect(judge(scene)).toMatchObject({ kind: "waiting" });
    scene.snapshot.putPod(scene.renewed());
    expect(judge(scene)).toMatchObject({ code: "R-REPLACED", replacement: { uid: "renewed" } });
  });

  it("waits for minReadySeconds of its namesake", () => {
    const scene = evictedFromStatefulSet("db-1", { minReadySeconds: 10 });
    scene.snapshot.putPod(scene.renewed());
    const readyForSeconds = (pod: Pod): number => (pod.uid === "renewed" ? 5 : 60);
    expect(textOf(judge(scene, { readyForSeconds }))).toContain("db-1 is Ready, not yet for long enough");
  });
});

function evictedFromJob(fields: Partial<Workload> = {}) {
  const job = aJob({ replicas: 2, ...fields });
  const pod = (name: string, more: Partial<Pod> = {}): Pod => aPod({ of: job, name, ...more });
  const victim = pod("report-a");
  const snapshot = aSnapshot({ workloads: [job], pods: [terminating(victim), pod("report-b")] });
  return { job, pod, snapshot, victim, owner: job, before: 2 };
}

describe("a Job's pod", () => {
  it("is replaced by a new running pod, Ready or not", () => {
    const scene = evictedFromJob();
    expect(judge(scene)).toMatchObject({ reason: { code: "N-NO-REPLACEMENT-YET" } });
    scene.snapshot.putPod(unready(scene.pod("report-c", { createdAt: timeAfter(10) })));
    expect(judge(scene)).toMatchObject({ code: "R-REPLACED", replacement: { name: "report-c" } });
  });

  it("is not replaced by pods that had succeeded before", () => {
    const job = aJob({ replicas: 1 });
    const done = ["report-x", "report-y"].map((name) =>
      unready(aPod({ of: job, name }), { phase: "Succeeded" as const }),
    );
    const victim = aPod({ of: job, name: "report-a" });
    const before = countBefore(refOf(job), aSnapshot({ workloads: [job], pods: [...done, victim] }));
    const snapshot = aSnapshot({ workloads: [job], pods: [...done, terminating(victim)] });
    expect(judge({ snapshot, victim, owner: job, before })).toMatchObject({ kind: "waiting" });
    snapshot.putPod(aPod({ of: job, name: "report-b" }));
    expect(judge({ snapshot, victim, owner: job, before })).toMatchObject({ kind: "settled" });
  });

  it("is not held up by others that end well meanwhile", () => {
    const scene = evictedFromJob();
    scene.snapshot.putPod(unready(scene.pod("report-b"), { phase: "Succeeded" }));
    scene.snapshot.putPod(scene.pod("report-c"));
    expect(judge(scene)).toMatchObject({ code: "R-REPLACED" });
  });

  it("is settled with a Job that is complete, failed, suspended or gone", () => {
    for (const [facts, text] of [
      [{ finished: "Complete" }, "Complete"],
      [{ finished: "Failed" }, "Failed"],
      [{ suspended: true }, "suspended"],
    ] as const) {
      const scene = evictedFromJob();
      if (!scene.job.job) throw new Error("no job");
      scene.snapshot.putWorkload({ ...scene.job, job: { ...scene.job.job, ...facts } });
      expect(textOf(judge(scene))).toBe(`R-JOB-SETTLED Job report is ${text}`);
    }
    const scene = evictedFromJob();
    scene.snapshot.removeWorkload(scene.job.uid);
    expect(judge(scene)).toMatchObject({ code: "R-OWNER-GONE" });
  });

  it("is settled when as many run as the Job wants at a time now", () => {
    const scene = evictedFromJob();
    scene.snapshot.putWorkload({ ...scene.job, replicas: 1 });
    expect(judge(scene)).toMatchObject({ kind: "settled" });
  });

  it("explains a replacement that cannot be scheduled", () => {
    const scene = evictedFromJob();
    const trouble = { reason: "Unschedulable", message: "no room" };
    scene.snapshot.putPod(unready(scene.pod("report-c", { phase: "Pending", trouble })));
    expect(judge(scene)).toMatchObject({ reason: { code: "N-REPLACEMENT-PENDING" } });
  });
});

function evictedFromDaemonSet() {
  const agent = aDaemonSet();
  const pod = (name: string, more: Partial<Pod> = {}): Pod => aPod({ of: agent, name, ...more });
  const victim = pod("agent-1", { nodeName: "node-1" });
  const snapshot = aSnapshot({
    nodes: [aNode({ name: "node-1" })],
    workloads: [agent],
    pods: [terminating(victim), pod("agent-2", { nodeName: "node-2" })],
  });
  return { agent, pod, snapshot, victim, owner: agent };
}

describe("a DaemonSet's pod", () => {
  it("is replaced by another one Ready on its own node, never by one elsewhere", () => {
    const scene = evictedFromDaemonSet();
    expect(judge(scene)).toMatchObject({ reason: { code: "N-NO-REPLACEMENT-YET" } });
    scene.snapshot.putPod(unready(scene.pod("agent-3", { nodeName: "node-1" })));
    expect(judge(scene)).toMatchObject({ reason: { code: "N-REPLACEMENT-NOT-READY" } });
    scene.snapshot.putPod(scene.pod("agent-3", { nodeName: "node-1" }));
    expect(judge(scene)).toMatchObject({ code: "R-REPLACED", replacement: { name: "agent-3" } });
  });

  it("is explained when the new one crashes", () => {
    const scene = evictedFromDaemonSet();
    const trouble = { reason: "ImagePullBackOff", message: "no such image" };
    scene.snapshot.putPod(unready(scene.pod("agent-3", { nodeName: "node-1", trouble })));
    expect(judge(scene)).toMatchObject({ reason: { code: "N-REPLACEMENT-CRASHES" } });
  });

  it("is settled with its node", () => {
    const scene = evictedFromDaemonSet();
    scene.snapshot.removeNode("node-1");
    expect(judge(scene)).toMatchObject({ code: "R-NODE-GONE" });
  });
});
