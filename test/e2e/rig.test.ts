import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AutoScalingClient, TerminateInstanceInAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callKubernetes, type KubernetesAccess } from "#test/rig/kubernetes-access.ts";
import { workTree } from "#test/rig/paths.ts";
import { startTimeOf } from "#test/rig/processes.ts";
import { rigPrograms } from "#test/rig/start-rig.ts";
import { waitUntil } from "#test/rig/wait-until.ts";
import { readAudit } from "./harness/audit-log.ts";
import { cordonedNodes, listAsAdmin, readyByWorkload } from "./harness/cluster-truth.ts";
import { describeGroup, readFleetLog } from "./harness/fleet-truth.ts";
import {
  deletionsBy,
  evictionsBy,
  evictionsByUid,
  terminatesByInstance,
  writesBy,
} from "./harness/judge-requests.ts";
import {
  budgetViolations,
  evictionsWhileReplacementNotReady,
  lowestReady,
} from "./harness/judge-timeline.ts";
import { isReady, type RawObject } from "./harness/read-state.ts";
import { type ProgramEnd, runProgram } from "./harness/run-program.ts";
import { startTestRig, type TestRig } from "./harness/test-rig.ts";
import { podHistories } from "./harness/timeline.ts";
import { type ClusterWatch, watchCluster } from "./harness/watch-cluster.ts";

const allReady = {
  "default/api": "3/3",
  "default/db": "3/3",
  "default/web": "6/6",
  "kube-system/coredns": "2/2",
};

const workersOfA = "/api/v1/nodes?labelSelector=kops.k8s.io%2Finstancegroup%3Dnodes-a";

let rig: TestRig;
let watch: ClusterWatch;
let kubectl: string;
let printed: ProgramEnd;

beforeAll(async () => {
  const programs = await rigPrograms(() => undefined);
  kubectl = join(programs.binaries, "kubectl");
  // two at once: one as people start it, one as tests do
  const byHand = runProgram("npm", ["run", "-s", "rig", "--", "up", "--name", handName]);
  [rig, printed] = await Promise.all([startTestRig("rig-test"), byHand.ended]);
  watch = await watchCluster(rig);
});

const handName = `by-hand-${process.pid}`;

afterAll(async () => {
  watch?.stop();
  await rig?.stop();
  await runProgram("npm", ["run", "-s", "rig", "--", "down", "--name", handName]).ended;
});

async function podsOf(app: string): Promise<readonly RawObject[]> {
  return listAsAdmin(rig, `/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`);
}

/** Evicts as dextre does: with the UID as precondition. Returns the status of the answer. */
async function evict(access: KubernetesAccess, { metadata }: RawObject): Promise<number> {
  const answer = await callKubernetes(access, {
    method: "POST",
    path: `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/eviction`,
    body: {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: metadata.name, namespace: metadata.namespace },
      deleteOptions: { preconditions: { uid: metadata.uid } },
    },
  });
  return answer.status;
}

/** Judged from the pods and budgets themselves: the status of a workload lags behind. */
async function untilAllReady(): Promise<void> {
  await waitUntil({ what: "all workloads", timeoutSeconds: 60, everyMilliseconds: 200 }, async () => {
    const pods = await listAsAdmin(rig, "/api/v1/namespaces/default/pods");
    const budgets = await listAsAdmin(rig, "/apis/policy/v1/poddisruptionbudgets");
    const standing = pods.length === 12 && pods.every(isReady);
    return standing && budgets.every(({ status }) => (status?.disruptionsAllowed ?? 0) > 0)
      ? true
      : undefined;
  });
  expect(await readyByWorkload(rig)).toEqual(allReady);
}

describe("a rig", () => {
  it("comes up with three Ready nodes of group nodes-a, launch template version 2 waiting, and all workloads Ready", async () => {
    const nodes = await listAsAdmin(rig, workersOfA);
    expect(nodes).toHaveLength(3);
    expect(await readyByWorkload(rig)).toEqual(allReady);
    const group = await describeGroup(rig);
    expect(group.Instances?.map((instance) => instance.LaunchTemplate?.Version)).toEqual(["1", "1", "1"]);
    expect([group.MinSize, group.DesiredCapacity, group.MaxSize]).toEqual([3, 3, 6]);
  });

  it("has a control-plane node in a group of its own, with a mirror pod Ready for each static pod", async () => {
    const [node, ...more] = await listAsAdmin(
      rig,
      "/api/v1/nodes?labelSelector=node-role.kubernetes.io%2Fcontrol-plane",
    );
    expect(more).toEqual([]);
    const pods = await listAsAdmin(rig, `/api/v1/pods?fieldSelector=spec.nodeName%3D${node?.metadata.name}`);
    const mirrors = pods.filter(
      ({ metadata }) => metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined,
    );
    const components = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
    expect(mirrors.map(({ metadata }) => metadata.name).sort()).toEqual(
      components.map((component) => `${component}-${node?.metadata.name}`),
    );
    expect(mirrors.every(isReady)).toBe(true);
    expect(mirrors.map(({ metadata }) => metadata.ownerReferences?.[0]?.uid)).toEqual(
      components.map(() => node?.metadata.uid),
    );
    expect((await describeGroup(rig, "control-plane-a")).Instances).toHaveLength(1);
  });

  it("prints lines for a shell to evaluate, and nothing else, to stdout", () => {
    expect(printed.code, printed.stderr).toBe(0);
    expect(printed.stdout).toMatch(/^export KUBECONFIG=\S+dextre\.kubeconfig( [A-Z0-9_]+=\S+)+\n$/);
  });

  it("stands beside another one, and going down ends that one alone", async () => {
    const up = await runProgram("npm", ["run", "-s", "rig", "--", "status"]).ended;
    expect(up.stdout).toMatch(new RegExp(`^${handName}\tup\t`, "m"));
    expect(up.stdout).toMatch(new RegExp(`^${rig.state.name}\tup\t`, "m"));
    const down = await runProgram("npm", ["run", "-s", "rig", "--", "down", "--name", handName]).ended;
    expect(down.code).toBe(0);
    const left = await runProgram("npm", ["run", "-s", "rig", "--", "status"]).ended;
    expect(left.stdout).not.toContain(handName);
    expect(rig.state.processes.map(({ pid }) => startTimeOf(pid))).toEqual(
      rig.state.processes.map(({ startedAt }) => startedAt),
    );
  });

  it.each([
    ["delete pods", "no"],
    ["delete nodes", "no"],
    ["get secrets", "no"],
    ["patch nodes", "yes"],
    ["create pods --subresource=eviction", "yes"],
    ["create leases.coordination.k8s.io -n dextre-system", "yes"],
    ["update configmaps -n kube-system", "no"],
  ])("asked whether the user dextre can %s, says %s", async (question, answer) => {
    const asked = await runProgram(kubectl, ["auth", "can-i", ...question.split(" ")], {
      environment: rig.environment,
    }).ended;
    expect(asked.stdout.trim()).toBe(answer);
  });
});

describe("a machine without the tools", () => {
  const lookFor = async (tools: Readonly<Record<string, string>>) => {
    const folder = mkdtempSync(join(tmpdir(), "dextre-no-tools-"));
    for (const [name, target] of Object.entries(tools)) symlinkSync(target, join(folder, name));
    const environment = { PATH: folder, XDG_CACHE_HOME: folder };
    const ended = await runProgram(process.execPath, [join(workTree(), "build", "rig", "rig.js"), "build"], {
      environment,
    }).ended;
    rmSync(folder, { recursive: true });
    return ended;
  };

  it("is told in one sentence to install Python", async () => {
    const ended = await lookFor({});
    expect(ended.code).toBe(1);
    expect(ended.stderr).toBe(
      "rig: The rig needs Python 3.10 or newer with venv: install python3 and python3-venv.\n",
    );
  });

  it("is told in one sentence to install Go", async () => {
    const python = await runProgram("python3", ["-c", "import sys; print(sys.executable)"]).ended;
    const ended = await lookFor({ python3: python.stdout.trim() });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toBe("rig: The rig needs Go 1.26 or newer: install it and put go into PATH.\n");
  });
});

describe("the judges", () => {
  it("find nothing wrong with evictions one after another, and count each", async () => {
    const [one, two] = await podsOf("web");
    if (!one || !two) throw new Error("web has too few pods");
    expect(await evict(rig.dextre, one)).toBe(201);
    await untilAllReady();
    expect(await evict(rig.dextre, two)).toBe(201);
    await untilAllReady();
    const [audit, timeline] = [await readAudit(rig), await watch.timeline()];
    expect([...evictionsByUid(audit)].map(([uid, granted]) => [uid, granted.length])).toEqual([
      [one.metadata.uid, 1],
      [two.metadata.uid, 1],
    ]);
    expect(evictionsWhileReplacementNotReady(audit, timeline)).toEqual([]);
    expect(budgetViolations(timeline)).toEqual([]);
    expect(lowestReady(timeline, "Deployment default/web")).toBe(5);
    expect(lowestReady(timeline, "StatefulSet default/db")).toBe(3);
    expect(deletionsBy(audit, "dextre")).toEqual([]);
    const history = podHistories(timeline).get(one.metadata.uid);
    expect(history?.goneAt).toBeGreaterThan(history?.terminatingAt ?? Number.POSITIVE_INFINITY);
  });

  it("see the eviction that a budget refused, and count it as no eviction", async () => {
    const [one, two] = await podsOf("db");
    if (!one || !two) throw new Error("db has too few pods");
    expect(await evict(rig.dextre, one)).toBe(201);
    expect(await evict(rig.dextre, two)).toBe(429);
    await untilAllReady();
    const [audit, timeline] = [await readAudit(rig), await watch.timeline()];
    expect(evictionsBy(audit).map(({ code }) => code)).toEqual([201, 201, 201, 429]);
    expect(evictionsByUid(audit).has(two.metadata.uid)).toBe(false);
    expect(lowestReady(timeline, "StatefulSet default/db")).toBe(2);
    expect(evictionsWhileReplacementNotReady(audit, timeline)).toEqual([]);
    expect(budgetViolations(timeline)).toEqual([]);
  });

  it("catch a drain that does not wait for replacements", async () => {
    const nodes = await listAsAdmin(rig, "/api/v1/pods?labelSelector=app%3Dapi");
    for (const pod of nodes) {
      const name = pod.metadata.name;
      const path = `/api/v1/namespaces/default/pods/${name}/eviction`;
      const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace: "default" } };
      expect((await callKubernetes(rig.dextre, { method: "POST", path, body })).status).toBe(201);
    }
    await untilAllReady();
    const early = evictionsWhileReplacementNotReady(await readAudit(rig), await watch.timeline());
    expect(early.map(({ ready, expected }) => [ready, expected])).toEqual([
      [1, 2],
      [0, 2],
    ]);
    expect(early[0]?.pod.owner).toBe("Deployment default/api");
    expect(lowestReady(await watch.timeline(), "Deployment default/api")).toBe(0);
  });

  it("catch a deletion, who sent it, and the budget that it broke", async () => {
    const pods = (await podsOf("web")).slice(0, 2);
    for (const { metadata } of pods) {
      const path = `/api/v1/namespaces/default/pods/${metadata.name}`;
      expect((await callKubernetes(rig.dextre, { method: "DELETE", path })).status).toBe(403);
      expect((await callKubernetes(rig.admin, { method: "DELETE", path })).status).toBe(200);
    }
    await untilAllReady();
    const audit = await readAudit(rig);
    expect(deletionsBy(audit, "dextre", "pods").map(({ code }) => code)).toEqual([403, 403]);
    expect(deletionsBy(audit, "admin", "pods").map(({ code }) => code)).toEqual([200, 200]);
    const broken = budgetViolations(await watch.timeline());
    expect(broken.map(({ budget, ready, floor }) => [budget, ready, floor])).toEqual([["default/web", 4, 5]]);
  });

  it("know reads and questions from writes", async () => {
    const writes = writesBy(await readAudit(rig), "dextre").map(
      ({ verb, subresource }) => `${verb} ${subresource}`,
    );
    expect(new Set(writes)).toEqual(new Set(["create eviction", "delete "]));
  });

  it("count a terminate that was sent twice as one effective terminate", async () => {
    const before = await describeGroup(rig);
    const instance = before.Instances?.[0]?.InstanceId ?? "";
    const client = new AutoScalingClient({
      endpoint: rig.environment.AWS_ENDPOINT_URL ?? "",
      region: "eu-west-1",
      credentials: { accessKeyId: "x", secretAccessKey: "x" },
    });
    const input = { InstanceId: instance, ShouldDecrementDesiredCapacity: false };
    await client.send(new TerminateInstanceInAutoScalingGroupCommand(input));
    await client.send(new TerminateInstanceInAutoScalingGroupCommand(input));
    const calls = readFleetLog(rig).filter((call) => call.action === "TerminateInstanceInAutoScalingGroup");
    expect(calls.map(({ caller, effects }) => [caller, effects.length])).toEqual([
      ["x", 1],
      ["x", 0],
    ]);
    expect([...terminatesByInstance(readFleetLog(rig))].map(([id, found]) => [id, found.length])).toEqual([
      [instance, 1],
    ]);
    await waitUntil({ what: "the successor", timeoutSeconds: 90, everyMilliseconds: 500 }, async () => {
      const ids = (await listAsAdmin(rig, workersOfA)).map(({ spec }) => spec?.providerID ?? "");
      return ids.length === 3 && !ids.some((id) => id.endsWith(instance)) ? true : undefined;
    });
    const after = await describeGroup(rig);
    expect(after.Instances?.map(({ LaunchTemplate }) => LaunchTemplate?.Version).sort()).toEqual([
      "1",
      "1",
      "2",
    ]);
    expect(after.DesiredCapacity).toBe(3);
    expect(await cordonedNodes(rig)).toEqual([]);
  });
});

describe("a program under test", () => {
  it("can be killed at a chosen word, and what it said is kept", async () => {
    const script = "console.log('first'); setInterval(() => undefined, 1000)";
    const program = runProgram(process.execPath, ["-e", script]);
    await program.says(/first/, 10);
    program.kill("SIGKILL");
    expect(await program.ended).toEqual({ code: null, signal: "SIGKILL", stdout: "first\n", stderr: "" });
  });
});
