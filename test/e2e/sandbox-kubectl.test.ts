import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workTree } from "#test/rig/paths.ts";
import { rigPrograms } from "#test/rig/start-rig.ts";
import { waitUntil } from "#test/rig/wait-until.ts";
import { expectExit } from "./harness/roll.ts";
import { runDextre } from "./harness/run-program.ts";
import { type Sandbox, startSandbox } from "./harness/sandbox.ts";

/** Deployment with a budget, as somebody would write it. */
const shop = `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 3
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers: [{ name: shop, image: "example/shop:1", resources: { requests: { cpu: 50m } } }]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: shop }
spec: { maxUnavailable: 1, selector: { matchLabels: { app: shop } } }
`;

let sandbox: Sandbox;
let kubectl: string;
/** Workers, by name. */
let workers: readonly string[];

beforeAll(async () => {
  kubectl = join((await rigPrograms(() => undefined)).binaries, "kubectl");
  sandbox = await startSandbox(["--speed", "4"]);
  const found = await said("get nodes -l node-role.kubernetes.io/node -o name");
  workers = found.map((line) => line.replace("node/", ""));
});

afterAll(() => sandbox?.close());

/** What kubectl said on both, line by line, as it came out. Fails where kubectl did. */
async function said(command: string, input?: string): Promise<readonly string[]> {
  const end = await sandbox.run(kubectl, command.split(" "), input);
  if (end.code !== 0) throw new Error(`kubectl ${command}: ${end.stderr}`);
  return linesOf(end.stdout + end.stderr);
}

const linesOf = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");

/** Ages, generated names, addresses and nodes go, and columns are one blank apart. */
function normalised(lines: readonly string[]): readonly string[] {
  return lines.map((line) =>
    workers
      .reduce((text, name, index) => text.replaceAll(name, `WORKER-${index}`), line)
      .replaceAll(/ip-[\d-]+\.eu-west-1\.compute\.internal/g, "CONTROL-PLANE")
      .replaceAll(/-[a-z0-9]{8,10}-[a-z0-9]{5}\b/g, "-HASH-POD")
      .replaceAll(/(=|shop-|web-|api-)[a-z0-9]{8,10}(?= |$)/g, "$1HASH")
      .replaceAll(/\b\d+\.\d+\.\d+\.\d+\b/g, "IP")
      .replaceAll(/ \d+[smh](\d+[sm])?(?= |$)/g, " AGE")
      .replaceAll(/ +/g, " ")
      .trim(),
  );
}

const transcript = async (command: string, input?: string): Promise<readonly string[]> =>
  normalised(await said(command, input));

const worker = (index: number): string => workers[index] ?? "";

/** Until these pods, chosen by labels, are all Ready and none is leaving. */
function settled(selector: string, count: number): Promise<unknown> {
  return waitUntil({ what: selector, timeoutSeconds: 60, everyMilliseconds: 200 }, async () => {
    const { stdout } = await sandbox.run(kubectl, ["get", "pods", "-l", selector, "--no-headers"]);
    const lines = linesOf(stdout);
    return lines.length === count && lines.every((line) => / 1\/1 +Running /.test(line)) ? true : undefined;
  });
}

// The tests are one session: each goes on where the one before has left the cluster.
describe("kubectl on the sandbox", () => {
  test("get nodes", async () => {
    expect(await transcript("get nodes")).toEqual([
      "NAME STATUS ROLES AGE VERSION",
      "CONTROL-PLANE Ready control-plane AGE v1.36.3",
      "WORKER-0 Ready node AGE v1.36.3",
      "WORKER-1 Ready node AGE v1.36.3",
      "WORKER-2 Ready node AGE v1.36.3",
    ]);
  });

  test("get several kinds, wide", async () => {
    expect(await transcript("get deploy,rs,sts,pdb -o wide")).toEqual([
      "NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR",
      "deployment.apps/api 3/3 3 3 AGE c example/api:1 app=api",
      "deployment.apps/web 6/6 6 6 AGE c example/web:1 app=web",
      "NAME DESIRED CURRENT READY AGE CONTAINERS IMAGES SELECTOR",
      "replicaset.apps/api-HASH 3 3 3 AGE c example/api:1 app=api,pod-template-hash=HASH",
      "replicaset.apps/web-HASH 6 6 6 AGE c example/web:1 app=web,pod-template-hash=HASH",
      "NAME READY AGE CONTAINERS IMAGES",
      "statefulset.apps/db 3/3 AGE c example/db:1",
      "NAME MIN AVAILABLE MAX UNAVAILABLE ALLOWED DISRUPTIONS AGE",
      "poddisruptionbudget.policy/db 2 N/A 1 AGE",
      "poddisruptionbudget.policy/web N/A 1 1 AGE",
    ]);
  });

  test("get pods of a StatefulSet, wide", async () => {
    const lines = await transcript("get pods -l app=db -o wide");
    expect(lines[0]).toBe("NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES");
    expect(lines.slice(1).map((line) => line.replace(/WORKER-\d/, "WORKER"))).toEqual([
      "db-0 1/1 Running 0 AGE IP WORKER <none> <none>",
      "db-1 1/1 Running 0 AGE IP WORKER <none> <none>",
      "db-2 1/1 Running 0 AGE IP WORKER <none> <none>",
    ]);
  });

  test("get what is not there", async () => {
    const end = await sandbox.run(kubectl, ["get", "pod", "nobody"]);
    expect(end).toMatchObject({ code: 1, stderr: 'Error from server (NotFound): pods "nobody" not found\n' });
  });

  test("describe a budget", async () => {
    const lines = await transcript("describe pdb web");
    expect(lines.slice(0, 9)).toEqual([
      "Name: web",
      "Namespace: default",
      "Max unavailable: 1",
      "Selector: app=web",
      "Status:",
      "Allowed disruptions: 1",
      "Current: 6",
      "Desired: 5",
      "Total: 6",
    ]);
  });

  test("describe a node with its pods", async () => {
    const lines = await transcript(`describe node ${worker(0)}`);
    expect(lines).toEqual(
      expect.arrayContaining(["Name: WORKER-0", "Roles: node", "Taints: <none>", "Unschedulable: false"]),
    );
    expect(lines.some((line) => /^kube-system agent-\w+ 0 \(0%\)/.test(line))).toBe(true);
  });

  test("apply of a Deployment with a budget, and again", async () => {
    expect(await transcript("apply -f -", shop)).toEqual([
      "deployment.apps/shop created",
      "poddisruptionbudget.policy/shop created",
    ]);
    // A budget's selector is replaced as a whole, so kubectl sends it each time.
    expect(await transcript("apply -f -", shop)).toEqual([
      "deployment.apps/shop unchanged",
      "poddisruptionbudget.policy/shop configured",
    ]);
    await said("rollout status deploy/shop --timeout 60s");
    // The budget learns a little later that the pods are Ready.
    await said("wait pdb/shop --for jsonpath={.status.disruptionsAllowed}=1 --timeout 60s");
    expect(await transcript("get deploy,pdb shop")).toEqual([
      "NAME READY UP-TO-DATE AVAILABLE AGE",
      "deployment.apps/shop 3/3 3 3 AGE",
      "NAME MIN AVAILABLE MAX UNAVAILABLE ALLOWED DISRUPTIONS AGE",
      "poddisruptionbudget.policy/shop N/A 1 1 AGE",
    ]);
  });

  test("apply names a field that does not exist", async () => {
    const misspelt = shop.replace("replicas:", "replica:").replace("name: shop", "name: other");
    const end = await sandbox.run(kubectl, ["apply", "-f", "-"], misspelt);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('strict decoding error: unknown field "spec.replica"');
  });

  test("scale", async () => {
    expect(await transcript("scale deploy/shop --replicas 4")).toEqual(["deployment.apps/shop scaled"]);
    await settled("app=shop", 4);
    expect(await transcript("get deploy shop --no-headers")).toEqual(["shop 4/4 4 4 AGE"]);
  });

  test("rollout restart, and its end", async () => {
    expect(await transcript("rollout restart deploy/shop")).toEqual(["deployment.apps/shop restarted"]);
    const lines = await said("rollout status deploy/shop --timeout 60s");
    expect(lines.at(-1)).toBe('deployment "shop" successfully rolled out');
    expect(await transcript("rollout history deploy/shop")).toEqual([
      "deployment.apps/shop",
      "REVISION CHANGE-CAUSE",
      "1 <none>",
      "2 <none>",
    ]);
  });

  test("delete pod waits until it is gone, while get -w shows what becomes of it", async () => {
    const watch = sandbox.start(kubectl, ["get", "pods", "-l", "app=db", "-w"]);
    await watch.says(/db-2 .*\n/, 30);
    expect(await transcript("delete pod db-0")).toEqual(['pod "db-0" deleted from default namespace']);
    await settled("app=db", 3);
    await watch.says(/db-0 +0\/1 [\s\S]*db-0 +1\/1 +Running/, 30);
    watch.kill("SIGTERM");
    const { stdout } = await watch.ended;
    const states = normalised(linesOf(stdout)).filter((line) => line.startsWith("db-0"));
    expect(states[0]).toBe("db-0 1/1 Running 0 AGE");
    expect(states.at(-1)).toBe("db-0 1/1 Running 0 AGE");
    expect(states).toContain("db-0 1/1 Terminating 0 AGE");
    expect(states).toContain("db-0 0/1 Pending 0 AGE");
  });

  test("cordon, twice", async () => {
    expect(await transcript(`cordon ${worker(2)}`)).toEqual(["node/WORKER-2 cordoned"]);
    expect(await transcript(`cordon ${worker(2)}`)).toEqual(["node/WORKER-2 already cordoned"]);
    expect(await transcript(`get node ${worker(2)} --no-headers`)).toEqual([
      "WORKER-2 Ready,SchedulingDisabled node AGE v1.36.3",
    ]);
  });

  test("drain refuses to leave the pods of a DaemonSet, and then moves all others within their budgets", async () => {
    const refused = await sandbox.run(kubectl, ["drain", worker(2)]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)",
    );
    const moved = (await said(`get pods -A --field-selector spec.nodeName=${worker(2)} -o name`)).filter(
      (name) => !name.includes("agent-"),
    );
    expect(moved.length).toBeGreaterThan(2);
    const lines = await transcript(`drain ${worker(2)} --ignore-daemonsets --timeout 120s`);
    expect(lines[0]).toBe("node/WORKER-2 already cordoned");
    expect(lines).toContain("node/WORKER-2 drained");
    expect(lines.filter((line) => /^pod\/\S+ evicted$/.test(line))).toHaveLength(moved.length);
    const left = await said(`get pods -A --field-selector spec.nodeName=${worker(2)} -o name`);
    expect(left).toEqual([expect.stringMatching(/^pod\/agent-/)]);
  });

  test("uncordon", async () => {
    expect(await transcript(`uncordon ${worker(2)}`)).toEqual(["node/WORKER-2 uncordoned"]);
    expect(await transcript(`get node ${worker(2)} --no-headers`)).toEqual([
      "WORKER-2 Ready node AGE v1.36.3",
    ]);
  });

  test("delete -f takes away what was applied, dependents too", async () => {
    expect(await transcript("delete -f -", shop)).toEqual([
      'deployment.apps "shop" deleted from default namespace',
      'poddisruptionbudget.policy "shop" deleted from default namespace',
    ]);
    await settled("app=shop", 0);
  });

  test("apply of the rights that dextre ships, which then decide", async () => {
    const rights = join(workTree(), "deploy", "rbac.yaml");
    const applied = await transcript(`apply -f ${rights}`);
    expect(applied).toEqual([
      "namespace/dextre-system created",
      "clusterrole.rbac.authorization.k8s.io/dextre-plan created",
      "clusterrole.rbac.authorization.k8s.io/dextre-apply created",
      "role.rbac.authorization.k8s.io/dextre created",
      "clusterrolebinding.rbac.authorization.k8s.io/dextre-plan created",
      "clusterrolebinding.rbac.authorization.k8s.io/dextre-apply created",
      "rolebinding.rbac.authorization.k8s.io/dextre created",
    ]);
    expect((await transcript(`apply -f ${rights}`)).every((line) => line.endsWith(" unchanged"))).toBe(true);
    expect(await transcript("get rolebindings -n dextre-system -o wide")).toEqual([
      "NAME ROLE AGE USERS GROUPS SERVICEACCOUNTS",
      "dextre Role/dextre AGE dextre",
    ]);
    expect(await transcript("describe clusterrole dextre-plan")).toEqual(
      expect.arrayContaining(["deployments.apps [] [] [list]", "namespaces [] [kube-system] [get]"]),
    );
    expect(await transcript("auth can-i create pods --subresource=eviction --as dextre")).toEqual(["yes"]);
    const refused = await sandbox.run(kubectl, ["delete", "node", worker(2), "--as", "dextre"]);
    expect(refused.stderr).toContain(
      `nodes "${worker(2)}" is forbidden: User "dextre" cannot delete resource "nodes" in API group "" at the cluster scope`,
    );
    expect(await said(`delete -f ${rights}`)).toHaveLength(7);
  });

  test("explain, api-resources and version", async () => {
    expect(await transcript("explain pdb.spec.maxUnavailable")).toContain("FIELD: maxUnavailable <string>");
    expect(await transcript("api-resources --api-group policy --no-headers")).toEqual([
      "poddisruptionbudgets pdb policy/v1 true PodDisruptionBudget",
    ]);
    expect(await transcript("version")).toContain("Server Version: v1.36.3");
  });
});

test("dextre rolls a node of the sandbox as of any cluster", async () => {
  const args = ["roll", "nodes", "--label", `kubernetes.io/hostname=${worker(0)}`, "--yes"];
  expectExit(await runDextre(args, { environment: sandbox.environment }).ended, 0);
  const names = await said("get nodes -l node-role.kubernetes.io/node -o name");
  expect(names).toHaveLength(3);
  expect(names).not.toContain(`node/${worker(0)}`);
});

test("Ctrl-C takes everything away", async () => {
  const kubeconfig = sandbox.environment.KUBECONFIG ?? "";
  expect(existsSync(kubeconfig)).toBe(true);
  expect(await sandbox.interrupt()).toMatchObject({ code: 0, stderr: "" });
  expect(existsSync(dirname(kubeconfig))).toBe(false);
});
