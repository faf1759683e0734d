import { describe, expect, it } from "vitest";
import type { Pod, Workload } from "#model/objects.ts";
import type { SnapshotStore } from "#model/snapshot-store.ts";
import {
  countAvailable,
  countBefore,
  judgeReplacement,
  type ReplacementAnswer,
  type ReplacementQuestion,
} from "#rules/replaced.ts";
import { aNode } from "#test/builders/a-node.ts";
import { aPod, refOf } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";
import {
  aDaemonSet,
  aDeployment,
  aJob,
  aReplicaSet,
  aStatefulSet,
  aWorkload,
} from "#test/builders/a-workload.ts";
import { timeAfter } from "#test/builders/fixed.ts";

interface Scene {
  readonly snapshot: SnapshotStore;
  readonly victim: Pod;
  readonly owner: Workload | null;
  readonly before?: number | null;
}

type Options = Partial<Pick<ReplacementQuestion, "stableForSeconds" | "readyForSeconds">>;

function judge({ snapshot, victim, owner, before = 3 }: Scene, options: Options = {}): ReplacementAnswer {
  return judgeReplacement({
    snapshot,
    victim: { namespace: victim.namespace, name: victim.name, uid: victim.uid, node: victim.nodeName },
    owner: owner && refOf(owner),
    availableBefore: before,
    stableForSeconds: 0,
    readyForSeconds: () => 3_600,
    ...options,
  });
}

const textOf = (answer: ReplacementAnswer): string =>
  answer.kind === "waiting"
    ? `${answer.reason.code} ${answer.reason.message}`
    : `${answer.code} ${answer.message}`;

const terminating = (pod: Pod): Pod => ({ ...pod, deletionAt: timeAfter(30) });
const unready = (pod: Pod, fields: Partial<Pod> = {}): Pod => ({ ...pod, ready: false, ...fields });

/** Deployment web of 3 whose web-1 has been evicted; its pods are left to the test. */
function evictedFromDeployment(fields: Partial<Workload> = {}) {
  const web = aDeployment(fields);
  const set = aReplicaSet(web);
  const pod = (name: string, more: Partial<Pod> = {}): Pod =>
    aPod({ of: set, name, nodeName: "node-2", ...more });
  const victim = aPod({ of: set, name: "web-1" });
  const snapshot = aSnapshot({
    workloads: [web, set],
    pods: [terminating(victim), pod("web-2"), pod("web-3")],
  });
  return { web, set, pod, snapshot, victim, owner: web };
}

describe("a Deployment's pod", () => {
  it("is replaced when the count is back, by a pod that may carry an earlier creation time than the eviction", () => {
    const scene = evictedFromDeployment();
    expect(textOf(judge(scene))).toBe("N-NO-REPLACEMENT-YET no replacement for web-1 yet (2 of 3 available)");
    scene.snapshot.putPod(scene.pod("web-4", { createdAt: timeAfter(-1), nodeName: "node-3" }));
    expect(judge(scene)).toMatchObject({ kind: "settled", code: "R-REPLACED" });
  });

  it("is reported with the newest pod that serves, never with one that is still coming", () => {
    const scene = evictedFromDeployment();
    scene.snapshot.putPod(scene.pod("web-4", { createdAt: timeAfter(20), nodeName: "node-3" }));
    scene.snapshot.putPod(unready(scene.pod("web-5", { createdAt: timeAfter(60), nodeName: "" })));
    const answer = judge(scene);
    expect(answer).toMatchObject({ kind: "settled", replacement: { name: "web-4" } });
    expect(textOf(answer)).toBe("R-REPLACED replaced by web-4 on node-3");
  });

  it("waits while the view still shows it running, however many others are Ready", () => {
    const scene = evictedFromDeployment();
    scene.snapshot.putPod(scene.victim);
    scene.snapshot.putPod(scene.pod("web-4"));
    scene.snapshot.putPod(scene.pod("web-5"));
    expect(textOf(judge(scene))).toBe("N-POD-TERMINATING web-1 is not yet seen to stop");
  });

  it("does not count itself while it terminates and is still Ready", () => {
    const scene = evictedFromDeployment();
    expect(scene.snapshot.podByUid(scene.victim.uid)?.ready).toBe(true);
    expect(judge(scene)).toMatchObject({ kind: "waiting" });
  });

  it("is found again under the Deployment when a rollout has begun a new ReplicaSet", () => {
    const scene = evictedFromDeployment();
    const next = aReplicaSet(scene.web, { name: "web-77aa" });
    scene.snapshot.putWorkload(next);
    scene.snapshot.putPod(
      aPod({ of: next, name: "web-77aa-1", nodeName: "node-3", createdAt: timeAfter(5) }),
    );
    expect(judge(scene)).toMatchObject({ kind: "settled", replacement: { name: "web-77aa-1" } });
  });

  it("is not waited for beyond the count before, where surge pods of a rollout were counted", () => {
    const scene = { ...evictedFromDeployment(), before: 4 };
    scene.snapshot.putPod(scene.pod("web-4"));
    expect(judge(scene)).toMatchObject({ kind: "settled" });
  });

  it("that was not Ready itself is not waited for: what served before serves still", () => {
    const scene = { ...evictedFromDeployment(), before: 2 };
    expect(judge(scene)).toMatchObject({ kind: "settled", code: "R-REPLACED" });
  });

  it("is settled without a replacement when an autoscaler asks for fewer meanwhile", () => {
    const scene = evictedFromDeployment();
    scene.snapshot.putWorkload({ ...scene.web, replicas: 2 });
    expect(textOf(judge(scene))).toBe("R-NOT-REPLACED Deployment web asks for 2 now");
  });

  it("is not settled by an autoscaler that asks for more before those are Ready", () => {
    const scene = evictedFromDeployment();
    scene.snapshot.putWorkload({ ...scene.web, replicas: 6 });
    for (const name of ["web-4", "web-5", "web-6"]) scene.snapshot.putPod(unready(scene.pod(name)));
    expect(judge(scene)).toMatchObject({ kind: "waiting" });
  });

  it("waits again when the replacement is itself taken away", () => {
    const scene = evictedFromDeployment();
    scene.snapshot.putPod(terminating(scene.pod("web-4")));
    expect(judge(scene)).toMatchObject({ kind: "waiting" });
  });

  it("is not replaced by pods of another owner with the same labels", () => {
    const scene = evictedFromDeployment();
    const other = aReplicaSet(aDeployment({ name: "web-canary" }));
    scene.snapshot.putPod(aPod({ of: other, name: "canary-1", labels: { app: "web" } }));
    expect(judge(scene)).toMatchObject({ kind: "waiting" });
  });

  it("explains a replacement that cannot be scheduled with the scheduler's words", () => {
    const scene = evictedFromDeployment();
    const trouble = { reason: "Unschedulable", message: "0/3 nodes are available: 3 Insufficient cpu." };
    scene.snapshot.putPod(unready(scene.pod("web-4", { phase: "Pending", nodeName: "", trouble })));
    expect(textOf(judge(scene))).toBe(
      "N-REPLACEMENT-PENDING replacement web-4 is Pending: 0/3 nodes are available: 3 Insufficient cpu",
    );
  });

  it("explains a replacement that crashes with the container's words", () => {
    const scene = evictedFromDeployment();
    const trouble = { reason: "CrashLoopBackOff", message: "back-off 40s restarting failed container" };
    scene.snapshot.putPod(unready(scene.pod("web-4", { trouble })));
    expect(textOf(judge(scene))).toBe(
      "N-REPLACEMENT-CRASHES replacement web-4: CrashLoopBackOff back-off 40s restarting failed container",
    );
  });

  it("names the readiness gate that a replacement waits for", () => {
    const scene = evictedFromDeployment();
    scene.snapshot.putPod(unready(scene.pod("web-4", { openReadinessGates: ["target-health.elbv2"] })));
    expect(textOf(judge(scene))).toContain(
      "not Ready, readiness gate target-health.elbv2 (2 of 3 available)",
    );
  });

  it("waits until the replacement has been Ready for minReadySeconds, or for longer where the spec says so", () => {
    const scene = evictedFromDeployment({ minReadySeconds: 30 });
    scene.snapshot.putPod(scene.pod("web-4"));
    const readyFor = (seconds: number): Options => ({
      readyForSeconds: (pod) => (pod.name === "web-4" ? seconds : 3_600),
    });
    expect(textOf(judge(scene, readyFor(29)))).toBe(
      "N-REPLACEMENT-NOT-READY web-4 is Ready, not yet for long enough (2 of 3 available)",
    );
    expect(judge(scene, readyFor(30))).toMatchObject({ kind: "settled" });
    expect(judge(scene, { ...readyFor(30), stableForSeconds: 60 })).toMatchObject({ kind: "waiting" });
    expect(judge(scene, { ...readyFor(60), stableForSeconds: 60 })).toMatchObject({ kind: "settled" });
    expect(judge(scene, { ...readyFor(20), stableForSeconds: 10 })).toMatchObject({ kind: "waiting" });
  });

  it("is settled when its Deployment is gone, going, scaled to 0 or another one of the same name", () => {
    const gone = evictedFromDeployment();
    gone.snapshot.removeWorkload(gone.web.uid);
    expect(textOf(judge(gone))).toBe("R-OWNER-GONE Deployment web is gone");

    const going = evictedFromDeployment();
    going.snapshot.putWorkload({ ...going.web, terminating: true });
    expect(judge(going)).toMatchObject({ code: "R-OWNER-GONE" });

    const empty = evictedFromDeployment();
    empty.snapshot.putWorkload({ ...empty.web, replicas: 0 });
    expect(textOf(judge(empty))).toBe("R-OWNER-GONE Deployment web is scaled to 0");

    const recreated = evictedFromDeployment();
    recreated.snapshot.removeWorkload(recreated.web.uid);
    recreated.snapshot.putWorkload({ ...recreated.web, uid: "another" });
    expect(judge(recreated)).toMatchObject({ code: "R-OWNER-GONE" });
  });

  it("deleted by somebody else just before is waited for all the same", () => {
    const scene = evictedFromDeployment();
    scene.snapshot.removePod("default", "web-1");
    expect(judge(scene)).toMatchObject({ kind: "waiting", reason: { code: "N-NO-REPLACEMENT-YET" } });
  });
});

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

describe("other pods", () => {
  it("without a controller have no replacement, once they are seen to stop", () => {
    const victim = aPod();
    const snapshot = aSnapshot({ pods: [victim] });
    expect(judge({ snapshot, victim, owner: null, before: null })).toMatchObject({ kind: "waiting" });
    snapshot.putPod(terminating(victim));
    expect(judge({ snapshot, victim, owner: null, before: null })).toMatchObject({ code: "R-NOTHING-COMES" });
  });

  it("of a controller of an unknown kind are counted by the controller's UID", () => {
    const owner = { ...aWorkload({ kind: "Deployment", name: "game" }), kind: "GameServerSet" };
    const controller = { kind: owner.kind, namespace: "default", name: "game", uid: owner.uid };
    const victim = aPod({ name: "game-1", controller });
    const snapshot = aSnapshot({ pods: [terminating(victim), aPod({ name: "game-2", controller })] });
    const ask = (): ReplacementAnswer =>
      judgeReplacement({
        snapshot,
        victim: { namespace: "default", name: "game-1", uid: victim.uid, node: "node-1" },
        owner: controller,
        availableBefore: 2,
        stableForSeconds: 0,
        readyForSeconds: () => 60,
      });
    expect(ask()).toMatchObject({ kind: "waiting" });
    snapshot.putPod(aPod({ name: "game-3", controller }));
    expect(ask()).toMatchObject({ code: "R-REPLACED" });
  });
});

describe("counting", () => {
  it("counts Ready pods before an eviction however short they have been so, and not those that terminate", () => {
    const scene = evictedFromDeployment({ minReadySeconds: 30 });
    scene.snapshot.putPod(unready(scene.pod("web-4")));
    expect(countBefore(refOf(scene.web), scene.snapshot)).toBe(2);
    expect(countAvailable(refOf(scene.web), scene.snapshot, 0, () => 29)).toBe(0);
    expect(countAvailable(refOf(scene.web), scene.snapshot, 0, () => 30)).toBe(2);
    expect(countAvailable(refOf(scene.web), scene.snapshot, 60, () => 30)).toBe(0);
  });
});
