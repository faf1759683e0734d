import { describe, expect, it } from "vitest";
import { countAvailable, countBefore, judgeReplacement, type ReplacementAnswer } from "#rules/replaced.ts";
import { aPod, refOf } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";
import { aDeployment, aReplicaSet, aWorkload } from "#test/builders/a-workload.ts";
import { timeAfter } from "#test/builders/fixed.ts";
import {
  evictedFromDeployment,
  judge,
  type Options,
  terminating,
  textOf,
  unready,
} from "./after-eviction.ts";

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
