import { describe, expect, it } from "vitest";
import { podsOfRoot, rootOwner } from "#rules/root-owner.ts";
import { aPod, refOf } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";
import { aDeployment, aJob, aReplicaSet, aStatefulSet } from "#test/builders/a-workload.ts";

const web = aDeployment();
const oldSet = aReplicaSet(web, { name: "web-1" });
const newSet = aReplicaSet(web, { name: "web-2" });

describe("the root owner of a pod", () => {
  it("is the Deployment of its ReplicaSet", () => {
    const snapshot = aSnapshot({ workloads: [web, oldSet] });
    expect(rootOwner(aPod({ of: oldSet }), snapshot)).toEqual(refOf(web));
  });

  it("is the ReplicaSet where that has no Deployment, or is not seen", () => {
    const lone = { ...oldSet, controller: null };
    expect(rootOwner(aPod({ of: lone }), aSnapshot({ workloads: [lone] }))).toEqual(refOf(lone));
    expect(rootOwner(aPod({ of: oldSet }), aSnapshot())).toEqual(refOf(oldSet));
  });

  it("is the ReplicaSet where a custom object owns that", () => {
    const rollout = { kind: "Rollout", namespace: "default", name: "web", uid: "rollout" };
    const owned = { ...oldSet, controller: rollout };
    expect(rootOwner(aPod({ of: owned }), aSnapshot({ workloads: [owned] }))).toEqual(refOf(owned));
  });

  it("is the Job, never its CronJob, because it is the Job that makes the next pod", () => {
    const job = aJob({
      controller: { kind: "CronJob", namespace: "default", name: "nightly", uid: "nightly" },
    });
    expect(rootOwner(aPod({ of: job }), aSnapshot({ workloads: [job] }))).toEqual(refOf(job));
  });

  it("is the controller itself for any other kind, and nobody for a bare pod", () => {
    const db = aStatefulSet();
    expect(rootOwner(aPod({ of: db }), aSnapshot({ workloads: [db] }))).toEqual(refOf(db));
    expect(rootOwner(aPod(), aSnapshot())).toBeNull();
  });
});

describe("the pods of a root owner", () => {
  it("are those of all its ReplicaSets, in the middle of a rollout too", () => {
    const snapshot = aSnapshot({
      workloads: [web, oldSet, newSet],
      pods: [aPod({ of: oldSet, name: "a" }), aPod({ of: newSet, name: "b" }), aPod({ name: "c" })],
    });
    expect(
      podsOfRoot(web.uid, snapshot)
        .map((pod) => pod.name)
        .sort(),
    ).toEqual(["a", "b"]);
  });

  it("are its own where it makes pods itself", () => {
    const db = aStatefulSet();
    const snapshot = aSnapshot({ workloads: [db], pods: [aPod({ of: db, name: "db-0" })] });
    expect(podsOfRoot(db.uid, snapshot)).toHaveLength(1);
  });
});
