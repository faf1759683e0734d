import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "#model/plan.ts";
import type { JournalEntry } from "#model/run.ts";
import { waitUntil } from "#test/rig/wait-until.ts";
import { type AuditRecord, readAudit } from "./harness/audit-log.ts";
import { annotationsOfOurs, cordonedNodes, listAsAdmin, readyByWorkload } from "./harness/cluster-truth.ts";
import { describeGroup, readFleetLog } from "./harness/fleet-truth.ts";
import { deletionsBy, evictionsBy, evictionsByUid, terminatesByInstance } from "./harness/judge-requests.ts";
import { budgetViolations, evictionsWhileReplacementNotReady } from "./harness/judge-timeline.ts";
import { cordons, endings, nodesInOrder, planSpec, podsInOrder, said } from "./harness/mixed.ts";
import type { RawObject } from "./harness/read-state.ts";
import { aWorkplace, expectExit, type Workplace } from "./harness/roll.ts";
import { startTestRig, type TestRig } from "./harness/test-rig.ts";
import { type PodState, podHistories, type Timeline } from "./harness/timeline.ts";
import { watchCluster } from "./harness/watch-cluster.ts";

let rig: TestRig;

beforeAll(async () => {
  rig = await startTestRig("mixed", { scenario: "mixed" });
});

afterAll(async () => {
  await rig?.stop();
});

/** What a plan has to accept, so that nothing in `mixed` blocks it. */
const accepting = { unmanaged: "evict", localStorage: "evict" };

const workersQuery = "labelSelector=node-role.kubernetes.io%2Fnode";
const controlPlaneQuery = "labelSelector=node-role.kubernetes.io%2Fcontrol-plane";

const nodesOf = (query: string) => listAsAdmin(rig, `/api/v1/nodes?${query}`);
const nameOf = ({ metadata }: RawObject): string => metadata.name;
const isSystem = ({ namespace }: { readonly namespace: string }): boolean => namespace === "kube-system";

/** Whatever a judged run left: the same for every run. */
async function expectNothingLeft(): Promise<void> {
  expect(await cordonedNodes(rig)).toEqual([]);
  expect(await annotationsOfOurs(rig)).toEqual([]);
  const ready = await waitUntil({ what: "all workloads", timeoutSeconds: 60 }, async () => {
    const counts = await readyByWorkload(rig);
    return Object.values(counts).every((text) => text.split("/")[0] === text.split("/")[1])
      ? counts
      : undefined;
  });
  expect(Object.keys(ready).length).toBe(7);
}

describe("the order of a plan", () => {
  let place: Workplace;
  let workers: readonly RawObject[];
  const planned = (order: Readonly<Record<string, readonly string[]>>): Promise<Plan> =>
    planSpec(place, "ordered", { targets: [{ kind: "Nodes", role: "node" }], order, pods: accepting });
  const byName = (): readonly string[] => workers.map(nameOf).sort();
  const labelOf = (name: string, key: string): string =>
    workers.find((node) => nameOf(node) === name)?.metadata.labels?.[key] ?? "";

  beforeAll(async () => {
    place = aWorkplace(rig);
    workers = await nodesOf(workersQuery);
    expect(workers).toHaveLength(12);
  });

  afterAll(() => place?.remove());

  it("is by name where the spec says name", async () => {
    expect(nodesInOrder(await planned({ nodes: ["name"] }))).toEqual(byName());
  });

  it("is one group after the other where it says group", async () => {
    const groupOf = (name: string): string => labelOf(name, "kops.k8s.io/instancegroup");
    const expected = ["nodes-a", "nodes-b"].flatMap((group) =>
      byName().filter((name) => groupOf(name) === group),
    );
    expect(nodesInOrder(await planned({ nodes: ["group", "name"] }))).toEqual(expected);
  });

  it("is one zone after the other where it says zone, and a node of each in turn where it says zoneRoundRobin", async () => {
    const inZones = ["a", "b", "c"].map((letter) =>
      byName().filter((name) => labelOf(name, "topology.kubernetes.io/zone") === `eu-west-1${letter}`),
    );
    expect(nodesInOrder(await planned({ nodes: ["zone", "name"] }))).toEqual(inZones.flat());
    const inTurn = [0, 1, 2, 3].flatMap((rank) => inZones.map((names) => names[rank] ?? "none"));
    expect(nodesInOrder(await planned({ nodes: ["zoneRoundRobin", "name"] }))).toEqual(inTurn);
  });

  it("begins with the node that has the fewest pods to move where it says fewestPods", async () => {
    const plan = await planned({ nodes: ["fewestPods", "name"] });
    const counted = byName().map((name) => ({ name, count: podsInOrder(plan, name).length }));
    const expected = counted.sort((a, b) => a.count - b.count).map(({ name }) => name);
    expect(new Set(counted.map(({ count }) => count)).size).toBeGreaterThan(1);
    expect(nodesInOrder(plan)).toEqual(expected);
  });

  it("moves system pods last; before them those of a higher priority later, or by name alone where it says name", async () => {
    const usual = await planned({ nodes: ["name"] });
    const plain = await planned({ nodes: ["name"], pods: ["name"] });
    const isOfSystem = (pod: string): number => Number(pod.startsWith("kube-system/"));
    const priority = (pod: string): number => Number(pod.startsWith("default/api-"));
    for (const node of byName()) {
      const names = [...podsInOrder(usual, node)].sort().sort((a, b) => isOfSystem(a) - isOfSystem(b));
      expect(podsInOrder(plain, node)).toEqual(names);
      const ranked = names.sort((a, b) => isOfSystem(a) - isOfSystem(b) || priority(a) - priority(b));
      expect(podsInOrder(usual, node)).toEqual(ranked);
    }
    const differs = byName().filter(
      (node) => podsInOrder(usual, node).join() !== podsInOrder(plain, node).join(),
    );
    expect(differs.length).toBeGreaterThan(0);
  });

  it("has control-plane nodes only where they are asked for", async () => {
    const controlPlane = (await nodesOf(controlPlaneQuery)).map(nameOf).sort();
    const everything = { kind: "Nodes", selector: "kubernetes.io/os=linux" };
    const plan = await planSpec(place, "everything", { targets: [everything], pods: accepting });
    expect([...nodesInOrder(plan)].sort()).toEqual(byName());
    const asked = await planSpec(place, "asked", { targets: [{ kind: "Nodes", role: "control-plane" }] });
    expect([...nodesInOrder(asked)].sort()).toEqual(controlPlane);
  });
});

describe("a roll of a group, and of the nodes with a Job, a bare pod and an emptyDir", () => {
  let place: Workplace;
  let plan: Plan;
  let audit: readonly AuditRecord[];
  let timeline: Timeline;
  let entries: readonly JournalEntry[];
  let before: readonly RawObject[];
  let log = "";

  beforeAll(async () => {
    place = aWorkplace(rig);
    before = await listAsAdmin(rig, "/api/v1/pods");
    const special = ["report", "shell", "scratch"].map((name) =>
      before.find(({ metadata }) => metadata.name.startsWith(name)),
    );
    const names = [...new Set(special.map((pod) => pod?.spec?.nodeName ?? ""))].sort();
    const watch = await watchCluster(rig);
    plan = await planSpec(place, "workers", {
      targets: [
        { kind: "Nodes", groups: ["nodes-b"] },
        { kind: "Nodes", names },
      ],
      pods: accepting,
    });
    const end = await place.dextre("apply", place.planFile).ended;
    log = said(end);
    expectExit(end, 0);
    audit = await readAudit(rig);
    timeline = await watch.timeline();
    watch.stop();
    entries = place.journals().flat();
  });

  afterAll(() => place?.remove());

  /** The pods that dextre evicted, in the server's order. */
  const victims = (): readonly { readonly pod: PodState; readonly revision: number }[] => {
    const evicted = evictionsByUid(audit);
    return endings(timeline).filter(({ pod }) => evicted.has(pod.uid));
  };

  it("takes the nodes in the plan's order, the targets one after the other", () => {
    const taken = cordons(timeline, () => true);
    expect(taken.map(({ node }) => node)).toEqual(nodesInOrder(plan));
    expect(taken.map(({ otherCordons }) => otherCordons)).toEqual(taken.map(() => 0));
  });

  it("evicts regular pods before system pods on every node", () => {
    const nodes = nodesInOrder(plan);
    const sequences = nodes.map((node) => victims().filter(({ pod }) => pod.node === node));
    for (const sequence of sequences) {
      const systemPods = sequence.map(({ pod }) => isSystem(pod));
      expect(systemPods).toEqual([...systemPods].sort());
    }
    const both = sequences.filter((pods) => new Set(pods.map(({ pod }) => isSystem(pod))).size === 2);
    expect(both.length).toBeGreaterThanOrEqual(3);
  });

  it("follows the pods of StatefulSets by their name and a new UID, Ready before the next pod goes", () => {
    const evicted = victims();
    const stateful = evicted.filter(({ pod }) => pod.owner.startsWith("StatefulSet "));
    expect(stateful.length).toBeGreaterThanOrEqual(3);
    for (const { pod, revision } of stateful) {
      const next = evicted.find((other) => other.revision > revision)?.revision ?? Number.POSITIVE_INFINITY;
      const successor = timeline.events.find(
        ({ state, ...event }) =>
          state.kind === "Pod" &&
          state.namespace === pod.namespace &&
          state.name === pod.name &&
          state.uid !== pod.uid &&
          state.ready &&
          event.revision > revision &&
          event.revision < next,
      );
      expect(successor, `${pod.namespace}/${pod.name}`).toBeDefined();
      expect(log).toMatch(new RegExp(`await replacement +${pod.namespace}/${pod.name}  ready again on`));
    }
  });

  it("leaves DaemonSet and mirror pods alone: they end after their Node at the earliest", () => {
    const staying = ({ owner }: PodState): boolean => /^(DaemonSet|Node) /.test(owner);
    expect(victims().filter(({ pod }) => staying(pod))).toEqual([]);
    const nodeEnds = new Map(
      timeline.events.flatMap(({ state, change, revision }) =>
        state.kind === "Node" && change === "deleted" ? [[state.name, revision] as const] : [],
      ),
    );
    expect([...nodeEnds.keys()].sort()).toEqual([...nodesInOrder(plan)].sort());
    const early = endings(timeline).filter(
      ({ pod, revision }) =>
        staying(pod) && revision < (nodeEnds.get(pod.node ?? "") ?? Number.POSITIVE_INFINITY),
    );
    expect(early.map(({ pod }) => pod.name)).toEqual([]);
  });

  it("leaves finished pods alone, and moves the pods of Jobs, bare pods and pods with an emptyDir as accepted", () => {
    const evicted = victims().map(({ pod }) => pod.name.replace(/-.*/, ""));
    expect(evicted).toContain("report");
    expect(evicted).toContain("shell");
    expect(evicted).toContain("scratch");
    expect(evicted).not.toContain("done");
  });

  it("evicts each pod once, one after the other, within the budgets, and deletes nothing", () => {
    const evicted = evictionsByUid(audit);
    expect([...evicted.values()].filter((requests) => requests.length !== 1)).toEqual([]);
    expect(evictionsWhileReplacementNotReady(audit, timeline)).toEqual([]);
    expect(budgetViolations(timeline)).toEqual([]);
    expect(deletionsBy(audit, "dextre")).toEqual([]);
    const known = new Set([
      ...plan.content.steps.flatMap((step) => (step.kind === "EvictPod" ? [step.target.uid] : [])),
      ...entries.flatMap(({ record }) =>
        record.kind === "PodDiscovered" ? [record.steps[0].target.uid] : [],
      ),
    ]);
    expect([...evicted.keys()].filter((uid) => !known.has(uid))).toEqual([]);
    expect([...podHistories(timeline).values()].length).toBeGreaterThan(before.length);
  });

  it("replaces each instance once, by the version that its group follows", async () => {
    const terminated = terminatesByInstance(readFleetLog(rig));
    expect([...terminated.values()].map((calls) => calls.length)).toEqual(nodesInOrder(plan).map(() => 1));
    const group = await describeGroup(rig, "nodes-b");
    expect(group.Instances?.map(({ LaunchTemplate }) => LaunchTemplate?.Version)).toEqual(["2", "2", "2"]);
    expect([group.MinSize, group.DesiredCapacity, group.MaxSize]).toEqual([3, 3, 5]);
  });

  it("leaves nothing of its own behind", expectNothingLeft);
});

describe("a roll of the control plane", () => {
  it("takes one node at a time, the next when the mirror pods of the one before are Ready", async () => {
    const place = aWorkplace(rig);
    try {
      const old = await nodesOf(controlPlaneQuery);
      const ids = new Set(old.map(({ spec }) => spec?.providerID ?? ""));
      const workers = new Set((await nodesOf(workersQuery)).map(({ spec }) => spec?.providerID ?? ""));
      const watch = await watchCluster(rig);
      const plan = await planSpec(place, "masters", { targets: [{ kind: "Nodes", role: "master" }] });
      expectExit(await place.dextre("apply", place.planFile).ended, 0);
      const timeline = await watch.timeline();
      watch.stop();
      expect([...nodesInOrder(plan)].sort()).toEqual(old.map(nameOf).sort());
      const taken = cordons(timeline, (providerId) => !workers.has(providerId));
      expect(taken).toEqual(
        nodesInOrder(plan).map((node) => ({ node, otherCordons: 0, readyNodes: 3, readyMirrorPods: 12 })),
      );
      const now = await nodesOf(controlPlaneQuery);
      expect(now).toHaveLength(3);
      expect(now.filter(({ spec }) => ids.has(spec?.providerID ?? ""))).toEqual([]);
      expect(budgetViolations(timeline)).toEqual([]);
      await expectNothingLeft();
    } finally {
      place.remove();
    }
  });
});

/**
 * The node of nodes-b with the most pods to move: the three of db and the three of coredns stand nowhere else, so they
 * are two at least. The newest of the nodes may have none.
 */
async function crowdedWorker(place: Workplace): Promise<RawObject> {
  const plan = await planSpec(place, "crowded", { targets: [{ kind: "Nodes", groups: ["nodes-b"] }] });
  const counted = (await nodesOf(`${workersQuery},kops.k8s.io%2Finstancegroup%3Dnodes-b`)).map((node) => ({
    node,
    count: podsInOrder(plan, nameOf(node)).length,
  }));
  const [crowded] = counted.toSorted((a, b) => b.count - a.count);
  if (crowded === undefined) throw new Error("nodes-b has no nodes");
  return crowded.node;
}

describe("an API server that does not answer for 60 s in the middle of a run", () => {
  it("is waited for, and the run goes on by itself", async () => {
    const place = aWorkplace(rig);
    const server = rig.state.processes.find(({ name }) => name === "kube-apiserver")?.pid ?? 0;
    try {
      const worker = await crowdedWorker(place);
      const before = evictionsBy(await readAudit(rig)).length;
      const known = new Set(terminatesByInstance(readFleetLog(rig)).keys());
      await planSpec(place, "outage", { targets: [{ kind: "Nodes", names: [nameOf(worker)] }] });
      const run = place.dextre("apply", place.planFile);
      await run.says(/✓ evict/, 60);
      process.kill(server, "SIGSTOP");
      try {
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      } finally {
        process.kill(server, "SIGCONT");
      }
      const end = await run.ended;
      expectExit(end, 0);
      const granted = evictionsBy(await readAudit(rig))
        .slice(before)
        .filter(({ code }) => code === 201);
      expect(granted.length).toBeGreaterThan(1);
      expect(new Set(granted.map(({ uid }) => uid)).size).toBe(granted.length);
      const terminated = terminatesByInstance(readFleetLog(rig));
      const ended = [...terminated].filter(([id]) => !known.has(id));
      expect(ended.map(([, calls]) => calls.length)).toEqual([1]);
      expect(worker.spec?.providerID).toContain(ended[0]?.[0]);
      await expectNothingLeft();
    } finally {
      place.remove();
    }
  });
});
