import { describe, expect, it } from "vitest";
import type { Pod } from "#model/objects.ts";
import type { SnapshotLists } from "#model/snapshot-store.ts";
import type { Spec } from "#model/spec.ts";
import { judgePod, type PodVerdict } from "#rules/judge-pod.ts";
import { aBudget } from "#test/builders/a-budget.ts";
import { aNode } from "#test/builders/a-node.ts";
import { aMirrorPod, aPod, refOf } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";
import { aSpec } from "#test/builders/a-spec.ts";
import { aDaemonSet, aDeployment, aJob, aReplicaSet } from "#test/builders/a-workload.ts";
import { timeAfter } from "#test/builders/fixed.ts";

const webSet = aReplicaSet(aDeployment());
const job = aJob({
  job: { backoffLimit: 0, failed: 0, finished: "no", suspended: false, ignoresDisruptions: false },
});
const facts = job.job ?? undefined;

interface Case {
  readonly pod: Pod;
  readonly lists?: SnapshotLists;
  readonly spec?: Spec;
  readonly scope?: "node" | "pods";
}

function judge({ pod, lists = {}, spec = aSpec(), scope = "node" }: Case): PodVerdict {
  const snapshot = aSnapshot({ nodes: [aNode(), aNode({ name: "node-2" })], pods: [pod], ...lists });
  return judgePod(pod, { snapshot, spec, scope });
}

const codes = (verdict: PodVerdict): readonly string[] =>
  verdict.kind === "stay" ? [] : verdict.findings.map((finding) => finding.code);

describe("a pod on a node to be drained", () => {
  it("moves, and says nothing about it, where it has a controller and nothing to lose", () => {
    expect(judge({ pod: aPod({ of: webSet }) })).toEqual({
      kind: "move",
      code: "R-REGULAR-POD",
      tier: 1,
      awaitsNode: false,
      findings: [],
    });
  });

  it.each([
    ["in kube-system", aPod({ of: webSet, namespace: "kube-system" })],
    ["of a priority class system-*", aPod({ of: webSet, priorityClassName: "system-cluster-critical" })],
  ])("moves last where it is a system pod: %s", (_why, pod) => {
    expect(judge({ pod })).toMatchObject({ kind: "move", code: "R-SYSTEM-POD", tier: 2 });
  });

  it("stays where it is a static pod, even one that is terminating", () => {
    const pod = { ...aMirrorPod("etcd", "node-1"), deletionAt: timeAfter(30) };
    expect(judge({ pod })).toEqual({ kind: "stay", code: "R-MIRROR-POD", awaited: false });
  });

  it("stays where it is a DaemonSet's, whatever data it has", () => {
    const pod = aPod({ of: aDaemonSet(), localStorage: "disk" });
    expect(judge({ pod })).toEqual({ kind: "stay", code: "R-DAEMON-POD", awaited: false });
  });

  it.each(["Succeeded", "Failed"] as const)("stays and is not waited for once it has %s", (phase) => {
    const pod = aPod({ phase, ready: false, localStorage: "disk" });
    expect(judge({ pod })).toEqual({ kind: "stay", code: "R-FINISHED-POD", awaited: false });
  });

  it("stays and is waited for while it is terminating, unmanaged or not", () => {
    const pod = aPod({ deletionAt: timeAfter(30) });
    expect(judge({ pod })).toEqual({ kind: "stay", code: "R-TERMINATING-POD", awaited: true });
  });

  it("blocks where it has no controller, naming field and flag that accept it", () => {
    expect(judge({ pod: aPod() })).toMatchObject({
      kind: "block",
      finding: {
        code: "B-UNMANAGED-POD",
        acceptedBy: { field: "pods.unmanaged: evict", flag: "--evict-unmanaged" },
      },
    });
  });

  it("moves without a controller where the spec accepts that, with a warning that says so", () => {
    const verdict = judge({ pod: aPod(), spec: aSpec({ pods: { unmanaged: "evict" } }) });
    expect(verdict).toMatchObject({ kind: "move", findings: [{ code: "B-UNMANAGED-POD", accepted: true }] });
  });

  it.each([
    ["disk", "on its node's disk"],
    ["memory", "in memory"],
  ] as const)("blocks where it keeps data (%s), telling where", (localStorage, where) => {
    const pod = aPod({ of: webSet, localStorage });
    const verdict = judge({ pod });
    expect(verdict).toMatchObject({
      kind: "block",
      finding: { code: "B-LOCAL-STORAGE", acceptedBy: { flag: "--delete-emptydir-data" } },
    });
    expect(verdict.kind === "block" && verdict.finding.message).toContain(where);
    const accepted = judge({ pod, spec: aSpec({ pods: { localStorage: "evict" } }) });
    expect(accepted).toMatchObject({ kind: "move", findings: [{ code: "B-LOCAL-STORAGE", accepted: true }] });
  });

  it("blocks for the first reason and keeps what was accepted before it", () => {
    const pod = aPod({ localStorage: "disk" });
    const verdict = judge({ pod, spec: aSpec({ pods: { unmanaged: "evict" } }) });
    expect(verdict).toMatchObject({ kind: "block", finding: { code: "B-LOCAL-STORAGE" } });
    expect(codes(verdict)).toEqual(["B-UNMANAGED-POD"]);
  });

  it("keeps every warning, not only the last", () => {
    const pod = aPod({
      localStorage: "disk",
      controller: { kind: "Widget", name: "w", uid: "w", namespace: "default" },
    });
    const verdict = judge({ pod, spec: aSpec({ pods: { localStorage: "evict" } }) });
    expect(codes(verdict)).toEqual(["B-LOCAL-STORAGE", "W-UNKNOWN-CONTROLLER"]);
  });

  it("moves with a warning where its controller is of an unknown kind", () => {
    const pod = aPod({ controller: { kind: "CloneSet", name: "w", uid: "w", namespace: "default" } });
    expect(judge({ pod })).toMatchObject({ kind: "move", findings: [{ code: "W-UNKNOWN-CONTROLLER" }] });
  });

  it("blocks under two budgets, which no field accepts, because the server answers 500", () => {
    const everything = aBudget({ name: "everything", selector: { requirements: [] } });
    const verdict = judge({
      pod: aPod({ of: webSet, labels: { app: "web" } }),
      lists: { budgets: [aBudget(), everything] },
    });
    expect(verdict).toMatchObject({ kind: "block", finding: { code: "B-TWO-BUDGETS" } });
    expect(verdict.kind === "block" && verdict.finding.message).toContain("everything, web");
    expect(verdict.kind === "block" && verdict.finding.acceptedBy).toBeUndefined();
  });

  it("moves under two budgets while it is Pending, which the server lets pass", () => {
    const everything = aBudget({ name: "everything", selector: { requirements: [] } });
    const pod = aPod({ of: webSet, labels: { app: "web" }, phase: "Pending", ready: false });
    expect(judge({ pod, lists: { budgets: [aBudget(), everything] } }).kind).toBe("move");
  });

  it("is not under a budget of another namespace", () => {
    const budgets = [
      aBudget(),
      aBudget({ name: "other", namespace: "other", selector: { requirements: [] } }),
    ];
    expect(judge({ pod: aPod({ of: webSet, labels: { app: "web" } }), lists: { budgets } }).kind).toBe(
      "move",
    );
  });
});

describe("a Job's pod", () => {
  const pod = aPod({ of: job });
  const withJob = (changes: object): Case => ({
    pod,
    lists: { workloads: [{ ...job, job: facts ? { ...facts, ...changes } : null }] },
  });

  it("blocks where one more failure fails the Job", () => {
    expect(judge(withJob({}))).toMatchObject({
      kind: "block",
      finding: { code: "B-JOB-WOULD-FAIL", acceptedBy: { field: "pods.jobs: evict" } },
    });
    expect(judge(withJob({ backoffLimit: 2, failed: 2 })).kind).toBe("block");
  });

  it.each([
    ["the Job has a failure to spare", { backoffLimit: 2, failed: 1 }],
    ["its failure policy ignores disruptions", { ignoresDisruptions: true }],
    ["the Job is over", { finished: "Complete" }],
  ])("moves where %s", (_why, changes) => {
    expect(judge(withJob(changes)).kind).toBe("move");
  });

  it("counts the evictions that are under way as failures", () => {
    const going = aPod({ of: job, name: "report-going", deletionAt: timeAfter(30) });
    const { pod, lists } = withJob({ backoffLimit: 1 });
    expect(judge({ pod, lists: { ...lists, pods: [pod] } }).kind).toBe("move");
    expect(judge({ pod, lists: { ...lists, pods: [pod, going] } })).toMatchObject({
      kind: "block",
      finding: { code: "B-JOB-WOULD-FAIL" },
    });
  });

  it("blocks where its Job is not seen, for then nobody knows", () => {
    expect(judge({ pod }).kind).toBe("block");
  });

  it("moves with a warning where the spec accepts a failed Job", () => {
    const verdict = judge({ ...withJob({}), spec: aSpec({ pods: { jobs: "evict" } }) });
    expect(verdict).toMatchObject({ kind: "move", findings: [{ code: "B-JOB-WOULD-FAIL", accepted: true }] });
  });
});

describe("a pod that no other node may take", () => {
  const bound = aPod({ of: webSet, nodeSelector: { "kubernetes.io/hostname": "node-1" } });

  it("blocks, naming the field that awaits the new node", () => {
    expect(judge({ pod: bound })).toMatchObject({
      kind: "block",
      finding: { code: "B-UNPLACEABLE", acceptedBy: { field: "pods.unplaceable: awaitNode" } },
    });
  });

  it("moves where the spec awaits the new node", () => {
    const spec = aSpec({ pods: { unplaceable: "awaitNode" } });
    expect(judge({ pod: bound, spec })).toMatchObject({ kind: "move", awaitsNode: true });
  });

  it("blocks even then where no new node comes", () => {
    const spec = aSpec({ pods: { unplaceable: "awaitNode" }, replace: { mode: "none" } });
    const verdict = judge({ pod: bound, spec });
    expect(verdict.kind).toBe("block");
    expect(verdict.kind === "block" && verdict.finding.acceptedBy).toBeUndefined();
  });

  it("moves in a Pods target, where its own node takes it back", () => {
    expect(judge({ pod: bound, scope: "pods" })).toMatchObject({ kind: "move", awaitsNode: false });
  });

  it("blocks in a Pods target where its own node is cordoned", () => {
    const nodes = [aNode({ unschedulable: true }), aNode({ name: "node-2" })];
    expect(judge({ pod: bound, scope: "pods", lists: { nodes } }).kind).toBe("block");
  });
});

describe("in a Pods target", () => {
  it("a DaemonSet's pod is eligible, a static pod never", () => {
    expect(judge({ pod: aPod({ of: aDaemonSet() }), scope: "pods" })).toMatchObject({
      kind: "move",
      tier: 2,
    });
    expect(judge({ pod: aMirrorPod("etcd", "node-1"), scope: "pods" }).kind).toBe("stay");
  });
});

describe("compared with kubectl drain without flags", () => {
  /** kubectl's filters: daemon set, mirror pod, local storage, unreplicated, deleted. */
  it.each([
    ["a ReplicaSet's pod", "evicts", "move", aPod({ of: webSet })],
    ["a DaemonSet's pod", "refuses (--ignore-daemonsets)", "stay", aPod({ of: aDaemonSet() })],
    ["a mirror pod", "skips", "stay", aMirrorPod("etcd", "node-1")],
    ["an emptyDir", "refuses (--delete-emptydir-data)", "block", aPod({ of: webSet, localStorage: "disk" })],
    [
      "a finished pod with an emptyDir",
      "deletes",
      "stay",
      aPod({ phase: "Succeeded", localStorage: "disk" }),
    ],
    ["a finished bare pod", "deletes", "stay", aPod({ phase: "Failed" })],
    ["a bare pod", "refuses (--force)", "block", aPod()],
    ["a bare pod being deleted", "refuses (--force)", "stay", aPod({ deletionAt: timeAfter(5) })],
    [
      "a custom controller's pod",
      "evicts",
      "move",
      aPod({ controller: { ...refOf(webSet), kind: "CloneSet" } }),
    ],
  ] as const)("%s: kubectl %s, dextre lets it %s", (_what, _kubectl, kind, pod) => {
    expect(judge({ pod }).kind).toBe(kind);
  });
});
