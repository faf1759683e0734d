import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAudit } from "./harness/audit-log.ts";
import { annotationsOfOurs, cordonedNodes, listAsAdmin } from "./harness/cluster-truth.ts";
import { readFleetLog } from "./harness/fleet-truth.ts";
import { deletionsBy, evictionsByUid, terminatesByInstance, writesBy } from "./harness/judge-requests.ts";
import { budgetViolations, evictionsWhileReplacementNotReady } from "./harness/judge-timeline.ts";
import { aWorkplace, awaitAllReady, capacity, expectExit, type Workplace } from "./harness/roll.ts";
import type { ProgramEnd, RunningProgram } from "./harness/run-program.ts";
import { startTestRig, type TestRig } from "./harness/test-rig.ts";
import { type ClusterWatch, watchCluster } from "./harness/watch-cluster.ts";

let rig: TestRig;
let place: Workplace;
let watch: ClusterWatch;

beforeAll(async () => {
  rig = await startTestRig("one-liners");
  place = aWorkplace(rig);
  await awaitAllReady(rig);
  watch = await watchCluster(rig);
});

afterAll(async () => {
  watch?.stop();
  place?.remove();
  await rig?.stop();
});

interface PodSeen {
  readonly uid: string;
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly isDaemon: boolean;
}

async function podsOf(
  namespaces: readonly string[] = ["default", "kube-system"],
): Promise<readonly PodSeen[]> {
  const pods = await listAsAdmin(rig, "/api/v1/pods");
  return pods
    .filter(({ metadata }) => namespaces.includes(metadata.namespace ?? ""))
    .map((pod) => ({
      uid: pod.metadata.uid,
      node: pod.spec?.nodeName ?? "",
      labels: pod.metadata.labels ?? {},
      isDaemon: (pod.metadata.ownerReferences ?? []).some(({ kind }) => kind === "DaemonSet"),
    }));
}

/** Workers, by name. */
async function workers(): Promise<readonly string[]> {
  const nodes = await listAsAdmin(rig, "/api/v1/nodes?labelSelector=node-role.kubernetes.io/node");
  return nodes.map(({ metadata }) => metadata.name).sort();
}

async function firstWorker(): Promise<string> {
  const [node = ""] = await workers();
  return node;
}

const said = (end: ProgramEnd): string => end.stdout + end.stderr;

/** UIDs whose eviction was granted, without those of before. */
async function evictedSince(before: ReadonlySet<string>): Promise<readonly string[]> {
  const all = evictionsByUid(await readAudit(rig));
  return [...all.keys()].filter((uid) => !before.has(uid)).sort();
}

async function evictedSoFar(): Promise<ReadonlySet<string>> {
  return new Set(evictionsByUid(await readAudit(rig)).keys());
}

async function killDuring(child: RunningProgram, pattern: RegExp): Promise<void> {
  await child.says(pattern, 60);
  expect(child.kill("SIGKILL")).toBe(true);
  expect((await child.ended).signal).toBe("SIGKILL");
}

describe("in a pipe", () => {
  it("changes nothing without -y and exits 8, nor with --dry-run, which exits 0", async () => {
    const node = await firstWorker();
    const before = writesBy(await readAudit(rig), "dextre").length;
    const asked = await place.dextre("drain", "--node", node).ended;
    expectExit(asked, 8);
    expect(asked.stderr).toContain("E-NOT-CONFIRMED");
    const shown = await place.dextre("roll", "nodes", "--role", "node", "--dry-run").ended;
    expectExit(shown, 0);
    expect(shown.stdout).toContain("terminate 3 instances");
    expect(writesBy(await readAudit(rig), "dextre")).toHaveLength(before);
  });

  it("refuses a node that is not there with exit 3", async () => {
    const end = await place.dextre("drain", "--node", "nowhere", "-y").ended;
    expectExit(end, 3);
    expect(end.stderr).toContain("E-NODE-UNKNOWN");
  });
});

describe("dextre roll pods --label app=web --namespace default -y", () => {
  it("evicts each of the pods once and no other", async () => {
    const before = await evictedSoFar();
    const web = (await podsOf(["default"])).filter(({ labels }) => labels.app === "web");
    const end = await place.dextre("roll", "pods", "--label", "app=web", "--namespace", "default", "-y")
      .ended;
    expectExit(end, 0);
    expect(await evictedSince(before)).toEqual(web.map(({ uid }) => uid).sort());
    expect(web).toHaveLength(6);
    await awaitAllReady(rig);
  });
});

describe("dextre drain --node NAME -y", () => {
  it("empties the node, leaves it cordoned, and says what gives it back", async () => {
    const before = await evictedSoFar();
    const node = await firstWorker();
    const moving = (await podsOf()).filter((pod) => pod.node === node && !pod.isDaemon);
    const { instances } = await capacity(rig);
    const end = await place.dextre("drain", "--node", node, "--skip-validation").ended;
    expectExit(end, 0);
    expect(moving.length).toBeGreaterThan(0);
    expect(await evictedSince(before)).toEqual(moving.map(({ uid }) => uid).sort());
    expect((await podsOf()).filter((pod) => pod.node === node && !pod.isDaemon)).toEqual([]);
    expect(await cordonedNodes(rig)).toEqual([node]);
    expect((await capacity(rig)).instances).toEqual(instances);
    expect(said(end)).toContain(`kubectl uncordon ${node}\n`);
    const again = await place.dextre("drain", "--node", node, "-y").ended;
    expectExit(again, 0);
    expect(said(again)).toContain("cordoned by an earlier run of dextre");
    const run = /Uncordon with: {2}dextre abort (\S+)\n/.exec(said(again))?.[1] ?? "none";
    expectExit(await place.dextre("abort", run).ended, 0);
    expect([await cordonedNodes(rig), await annotationsOfOurs(rig)]).toEqual([[], []]);
  });
});

describe("dextre drain --node NAME --terminate-node -y, killed with -9", () => {
  it("goes on with the command that it said at its beginning, and replaces the instance once", async () => {
    const node = (await workers())[1] ?? "";
    const before = await capacity(rig);
    const child = place.dextre("drain", "--node", node, "--terminate-node", "-y");
    await killDuring(child, /await replacement .* replaced by/);
    const again = await place.dextre("drain", "--node", node, "-y").ended;
    expectExit(again, 7);
    expect(said(again)).toContain("E-RUN-OVERLAPS");

    const resume = /goes on with: {2}dextre (resume \S+)/.exec(child.stdout())?.[1] ?? "";
    expectExit(await place.dextre(...resume.split(" ")).ended, 0);
    const { instances, ...sizes } = await capacity(rig);
    const { instances: old, ...sizesBefore } = before;
    expect(sizes).toEqual(sizesBefore);
    expect(old.filter((id) => !instances.includes(id))).toHaveLength(1);
    expect(await workers()).not.toContain(node);
    expect([await cordonedNodes(rig), await annotationsOfOurs(rig)]).toEqual([[], []]);
    await awaitAllReady(rig);
  });
});

describe("dextre roll nodes --kops-instance-group nodes-a --cluster k8s.test --aws-region eu-west-1 -y", () => {
  it("replaces every instance of the group, and leaves its sizes alone", async () => {
    const { instances: old, ...sizes } = await capacity(rig);
    const group = ["--role", "node", "--kops-instance-group", "nodes-a"];
    const wrong = await place.dextre("roll", "nodes", ...group, "--cluster", "nope", "-y").ended;
    expectExit(wrong, 3);
    expect(said(wrong)).toMatch(/B-OTHER-CLUSTER[\s\S]*"k8s\.test"[\s\S]*"nope"/);
    const choice = [...group, "--cluster", "k8s.test"];
    expectExit(await place.dextre("roll", "nodes", ...choice, "--aws-region", "eu-west-1", "-y").ended, 0);
    const { instances, ...sizesAfter } = await capacity(rig);
    expect(sizesAfter).toEqual(sizes);
    expect(instances.filter((id) => old.includes(id))).toEqual([]);
    expect([await cordonedNodes(rig), await annotationsOfOurs(rig)]).toEqual([[], []]);
    await awaitAllReady(rig);
  });
});

describe("over all of them", () => {
  it("no budget was broken, and nothing evicted while the replacement before was not Ready", async () => {
    const timeline = await watch.timeline();
    expect(budgetViolations(timeline)).toEqual([]);
    expect(evictionsWhileReplacementNotReady(await readAudit(rig), timeline)).toEqual([]);
  });

  it("each pod was evicted once, each instance terminated once, and nothing deleted", async () => {
    const audit = await readAudit(rig);
    expect([...evictionsByUid(audit).values()].filter((requests) => requests.length > 1)).toEqual([]);
    expect(deletionsBy(audit, "dextre")).toEqual([]);
    const terminated = terminatesByInstance(readFleetLog(rig));
    expect([...terminated.values()].map((calls) => calls.length)).toEqual([1, 1, 1, 1]);
  });
});
