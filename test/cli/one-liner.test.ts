import { readdirSync, readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { describeFailure } from "#cli/describe-failure.ts";
import { drainSpec } from "#cli/one-liner/drain-node.ts";
import { type OneLinerOptions, runOneLiner } from "#cli/one-liner/run-one-liner.ts";
import { makeFileRunStore } from "#gateway/local/file-run-store.ts";
import { decodePlan } from "#schema/plan-file.ts";
import { Actors } from "#world/actors.ts";
import type { ScenarioWorkload } from "#world/scenario.ts";
import { anEmbeddedCluster, type EmbeddedCluster } from "./an-embedded-cluster.ts";
import { memoryTerminal } from "./memory-terminal.ts";

let cluster: EmbeddedCluster;
afterEach(() => cluster.close());

const WEB: ScenarioWorkload = { kind: "Deployment", name: "web", replicas: 3, ready: "3s", stop: "2s" };

interface Line extends Partial<OneLinerOptions> {
  readonly flags?: object;
  readonly answer?: string;
}

/** `dextre drain` of a worker of the cluster. */
async function drain({ flags = {}, answer, ...options }: Line = {}) {
  const node = workerOf(cluster);
  const terminal = memoryTerminal(answer === undefined ? {} : { answer });
  const exit = await runOneLiner(
    {
      spec: await drainSpec({ node, ...flags }),
      again: `dextre drain --node ${node}`,
      isConfirmed: false,
      isDryRun: false,
      isVerbose: false,
      kubeconfig: undefined,
      context: "test",
      stateFolder: cluster.folder,
      ...options,
    },
    terminal,
    cluster.open,
  ).catch(async (error: unknown) => {
    const { exit: code, diagnostics } = await describeFailure(error);
    terminal.stderr.write(diagnostics.map(({ code: one, message }) => `${one} ${message}`).join("\n"));
    return code;
  });
  return { exit, node, ...terminal.said };
}

/** One with pods on it, or any worker. */
function workerOf({ world }: EmbeddedCluster): string {
  const workers = world.cluster.stores.nodes.all().filter(({ metadata }) => {
    const labels = Object.keys(metadata.labels ?? {});
    return labels.includes("node-role.kubernetes.io/node");
  });
  const pods = world.cluster.stores.pods.all();
  const busy = workers.find(({ metadata }) => pods.some(({ spec }) => spec.nodeName === metadata.name));
  return (busy ?? workers[0])?.metadata.name ?? "none";
}

test.each(["yes", "y", " YES "])("goes on where the answer is `%s`", async (answer) => {
  cluster = anEmbeddedCluster({ workloads: [WEB] });
  const { exit, stderr, stdout } = await drain({ answer });
  expect(stderr).toContain("Apply? yes/no: ");
  expect([exit, stdout.includes("everything is done")]).toEqual([0, true]);
});

test.each(["no", "", "yes please", "n"])(
  "changes nothing where the answer is `%s`, and exits 8",
  async (answer) => {
    cluster = anEmbeddedCluster({ workloads: [WEB] });
    const { exit, stdout, stderr } = await drain({ answer });
    expect(exit).toBe(8);
    expect(stdout).toContain("evict  default/web-");
    expect(stderr).toContain("E-NOT-CONFIRMED declined");
    expect(cluster.writes).toEqual([]);
  },
);

test("exits 8 without a terminal and without -y, once it has shown what would move", async () => {
  cluster = anEmbeddedCluster({ workloads: [WEB] });
  const { exit, stdout, stderr } = await drain();
  expect(exit).toBe(8);
  expect(stdout).toContain("evict  default/web-");
  expect(stderr).toContain("there is no terminal to ask on");
  expect(cluster.writes).toEqual([]);
});

test("with -y asks nobody; leaves the node cordoned, says how to uncordon it, and where it is kept", async () => {
  cluster = anEmbeddedCluster({ workloads: [WEB] });
  const { exit, node, stdout, stderr } = await drain({ isConfirmed: true });
  expect([exit, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/Uncordon with: {2}dextre abort \w{26} --state-dir \S+ --context test\n/);
  expect(stdout).toContain(`with:  kubectl uncordon ${node} --context test\n`);
  const kept = /dextre resume (\S+) --state-dir \S+ --context test/.exec(stdout)?.[1] ?? "";
  expect(decodePlan(readFileSync(kept, "utf8"), kept)).toMatchObject({ kind: "ok" });
});

test("a drain of a drained node blames nobody else for the cordon, and the abort it names gives the node back", async () => {
  cluster = anEmbeddedCluster({ workloads: [WEB] });
  const { node } = await drain({ isConfirmed: true });
  const { exit, stdout } = await drain({ isConfirmed: true, flags: { node } });
  expect(exit).toBe(0);
  expect(stdout).toContain("cordoned by an earlier run of dextre");
  expect(stdout).not.toContain("somebody else");
  expect(stdout).toContain(`1 node is cordoned by this run: ${node}.\n`);
  expect(stdout).toMatch(/Uncordon with: {2}dextre abort \w{26} /);
});

test("a drain of a node that somebody cordoned does not say that an abort would uncordon it", async () => {
  cluster = anEmbeddedCluster({ workloads: [WEB] });
  const node = workerOf(cluster);
  new Actors(cluster.world).cordon(node);
  const { exit, stdout } = await drain({ isConfirmed: true, flags: { node } });
  expect(exit).toBe(0);
  expect(stdout).toContain("cordoned by somebody else");
  expect(stdout).toContain(`1 node stays cordoned by somebody else: ${node}.\n`);
  expect(stdout).not.toContain("Uncordon with:  dextre abort");
  expect(stdout).toMatch(/Take the annotations away with: {2}dextre abort \w{26} /);
});

test("says nothing of uncordoning where the instance is ended", async () => {
  cluster = anEmbeddedCluster({ workloads: [WEB] });
  const { exit, stdout } = await drain({ isConfirmed: true, flags: { "terminate-node": true } });
  expect(exit).toBe(0);
  expect(stdout).toContain("replaced by");
  expect(stdout).not.toContain("uncordon");
});

test("--dry-run shows the plan, exits 0, and writes nothing anywhere", async () => {
  cluster = anEmbeddedCluster({ workloads: [WEB] });
  const { exit, stdout, stderr } = await drain({ isDryRun: true });
  expect([exit, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("this was a dry run");
  expect([cluster.writes, readdirSync(cluster.folder)]).toEqual([[], []]);
});

test("--verbose shows budgets too", async () => {
  cluster = anEmbeddedCluster({ workloads: [{ ...WEB, budgets: [{ maxUnavailable: 1 }] }] });
  const [short, long] = [await drain({ isDryRun: true }), await drain({ isDryRun: true, isVerbose: true })];
  expect(short.stdout).not.toContain("disruption budgets");
  expect(long.stdout).toContain("disruption budgets");
});

test.each([
  ["--delete-emptydir-data", { ...WEB, emptyDir: true }, { "delete-emptydir-data": true }],
  ["--evict-unmanaged", { kind: "Pod", name: "alone", replicas: 3 }, { "evict-unmanaged": true }],
] as const)("a blocker names %s, which accepts it; until then it exits 3", async (flag, workload, flags) => {
  cluster = anEmbeddedCluster({ workloads: [workload, { ...workload, name: "more" }] });
  for (const options of [{ isConfirmed: true }, { isDryRun: true }]) {
    const { exit, stdout } = await drain(options);
    expect(exit).toBe(3);
    expect(stdout).toContain(`to accept it: ${flag}\n`);
  }
  expect(cluster.writes).toEqual([]);
  expect(await drain({ isDryRun: true, flags })).toMatchObject({ exit: 0 });
});

test("a drain of a node outside any group is accepted by leaving out --terminate-node", async () => {
  cluster = anEmbeddedCluster({ workloads: [WEB] });
  const acceptances = { "replace.mode: none": "leave out --terminate-node" };
  cluster.world.fleet.groups.clear();
  const { exit, stdout } = await drain({ flags: { "terminate-node": true }, acceptances });
  expect([exit, stdout]).toEqual([3, expect.stringContaining("to accept it: leave out --terminate-node\n")]);
});

test("--cluster with another name than the groups' tag exits 3 and names both; the header shows the tag's", async () => {
  cluster = anEmbeddedCluster({ workloads: [WEB] });
  const { exit, stdout } = await drain({
    isConfirmed: true,
    flags: { "terminate-node": true, cluster: "nope" },
  });
  expect(exit).toBe(3);
  expect(stdout).toContain(" · cluster k8s.test (");
  expect(stdout.replace(/\s+/g, " ")).toContain(
    'is of cluster "k8s.test" by its tag KubernetesCluster, not of "nope"',
  );
  expect(cluster.writes).toEqual([]);
});

test("an order that is given anew is carried out anew, though its plan is the same", async () => {
  cluster = anEmbeddedCluster({ workloads: [] });
  const first = await drain({ isConfirmed: true });
  new Actors(cluster.world).uncordon(first.node);
  const second = await drain({ isConfirmed: true });
  expect(digestOf(second.stdout)).toBe(digestOf(first.stdout));
  expect(second).toMatchObject({ exit: 0, node: first.node });
  expect(second.stdout).toContain("Uncordon with:");
});

const digestOf = (stdout: string): string => /digest (\S+)/.exec(stdout)?.[1] ?? "";

test.each(["EIO", "EPIPE", "ENOSPC"])(
  "a run whose screen fails with %s stops at a safe point: exit 4, its stop recorded, the lock given back",
  async (code) => {
    cluster = anEmbeddedCluster({ workloads: [WEB] });
    const terminal = memoryTerminal();
    const node = workerOf(cluster);
    cluster.world.onRequest(({ request }) => {
      if (request.kind === "kubernetes" && request.request.path.endsWith("/eviction"))
        terminal.breakStdout(code);
    });
    const options = {
      again: "",
      isConfirmed: true,
      isDryRun: false,
      isVerbose: false,
      kubeconfig: undefined,
    };
    const stateFolder = cluster.folder;
    const spec = await drainSpec({ node });
    const exit = await runOneLiner(
      { ...options, spec, context: "test", stateFolder },
      terminal,
      cluster.open,
    );
    expect(exit).toBe(4);
    const [uid = ""] = readdirSync(stateFolder);
    const { runs } = await makeFileRunStore(stateFolder).read(uid);
    const [run] = runs;
    expect(run?.entries.at(-1)?.record).toMatchObject({ kind: "RunStopped", exit: 4 });
    expect(
      cluster.world.cluster.stores.leases
        .all()
        .filter(({ metadata }) => metadata.namespace !== "kube-node-lease")
        .map((lease) => lease.spec?.holderIdentity ?? ""),
    ).toEqual([""]);
  },
);
