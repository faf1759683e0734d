import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  DeleteLifecycleHookCommand,
  PutLifecycleHookCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SetInstanceProtectionCommand,
  SuspendProcessesCommand,
} from "@aws-sdk/client-auto-scaling";
import { openAwsWire } from "#gateway/transport/open-aws.ts";
import { openKubernetesWire } from "#gateway/transport/open-kubernetes.ts";
import { mustSend, send } from "#test/contract/api.ts";
import type { Admin, Subject } from "#test/contract/subject.ts";
import { goOn, nameOfHook, terminationHook } from "#test/contract/termination-hook.ts";
import { wireWithToken } from "#test/contract/token-kubeconfig.ts";
import { aliveLabel } from "#test/rig/bridge/node-object.ts";
import { isRunning } from "#test/rig/processes.ts";
import { awsEnvironment, kubeconfigPath, type RigState } from "#test/rig/rig-state.ts";
import { waitUntil } from "#test/rig/wait-until.ts";
import { setFaults } from "./aws-endpoint.ts";

/**
 * A rig as the subject of a contract. The environment must point at its AWS endpoint already: the SDK takes
 * it from there.
 */
export function rigSubject(state: RigState): Subject {
  const kubeconfig = kubeconfigPath(state.folder, "admin");
  const subject = {
    name: "rig",
    prefix: `case-${randomBytes(3).toString("hex")}`,
    patience: 2,
    isPunctual: true,
    kubernetes: openKubernetesWire({ kubeconfig }).wire,
    withToken: (token: string) =>
      wireWithToken(readFileSync(kubeconfig, "utf8"), token, join(state.folder, "token-kubeconfig")),
    aws: openAwsWire({ region: "eu-west-1" }),
    clock: {
      monotonic: () => performance.now(),
      sleep: async (milliseconds: number) => void (await sleep(milliseconds)),
    },
  };
  return { ...subject, admin: adminOf(state, () => ({ ...subject, admin: noAdmin })) };
}

const noAdmin = undefined as never;

function adminOf(state: RigState, subject: () => Subject): Admin {
  const endpoint = awsEnvironment(state.ports.fleet).AWS_ENDPOINT_URL ?? "";
  return {
    holdControllers: async (held) => signalControllers(state, held ? "SIGSTOP" : "SIGCONT"),
    compact: () => compact(subject(), state),
    silenceNode: async (name, silent) => {
      const labels = { [aliveLabel]: silent ? null : "true" };
      await send(subject(), "PATCH", `/api/v1/nodes/${name}`, { metadata: { labels } });
      if (!silent) await touchPods(subject(), name);
    },
    ...adminOfGroups(endpoint),
  };
}

type OfGroups = Omit<Admin, "holdControllers" | "compact" | "silenceNode">;

function adminOfGroups(endpoint: string): OfGroups {
  const credentials = { accessKeyId: "contract", secretAccessKey: "x" };
  const act = async (work: (client: AutoScalingClient) => Promise<unknown>): Promise<void> => {
    const client = new AutoScalingClient({ endpoint, region: "eu-west-1", credentials });
    await work(client);
    client.destroy();
  };
  return {
    setDesired: (group, desired) =>
      act((client) =>
        client.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: group, DesiredCapacity: desired })),
      ),
    failNextLaunch: (group) => setFaults(endpoint, { failedLaunches: { [group]: 1 } }),
    refuseNextTermination: () => setFaults(endpoint, { busyTerminations: 1 }),
    throttleGroups: (isThrottled) =>
      setFaults(endpoint, { throttle: isThrottled ? { DescribeAutoScalingGroups: "0/0" } : null }),
    suspendLaunches: (group, isSuspended) => {
      const input = { AutoScalingGroupName: group, ScalingProcesses: ["Launch"] };
      return isSuspended
        ? act((client) => client.send(new SuspendProcessesCommand(input)))
        : act((client) => client.send(new ResumeProcessesCommand(input)));
    },
    protect: (group, instance, isProtected) => {
      const input = {
        AutoScalingGroupName: group,
        InstanceIds: [instance],
        ProtectedFromScaleIn: isProtected,
      };
      return act((client) => client.send(new SetInstanceProtectionCommand(input)));
    },
    holdTerminations: (group, isHeld) =>
      isHeld
        ? act((client) => client.send(new PutLifecycleHookCommand(terminationHook(group))))
        : act((client) => client.send(new DeleteLifecycleHookCommand(nameOfHook(group)))),
    completeTermination: (group, instance) =>
      act((client) => client.send(new CompleteLifecycleActionCommand(goOn(group, instance)))),
    listRefresh: (group, status) => setFaults(endpoint, { instanceRefreshes: { [group]: status } }),
  };
}

/** kwok overlooks pods that stand on a Node while it takes the Node over, as the rig's README tells: they are shown to it. */
async function touchPods(subject: Subject, node: string): Promise<void> {
  for (const time of [1, 2, 3]) {
    await sleep(1000);
    const query = { fieldSelector: `spec.nodeName=${node}` };
    const { items = [] } = await mustSend(subject, "GET", "/api/v1/pods", undefined, { query });
    for (const { metadata } of items) {
      const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
      await send(subject, "PATCH", path, { metadata: { annotations: { "rig/touched": String(time) } } });
    }
  }
}

/** The controller manager of this rig stands still, or goes on. Without leader election it loses nothing. */
function signalControllers({ processes }: RigState, signal: "SIGSTOP" | "SIGCONT"): void {
  const found = processes.find(({ name }) => name === "kube-controller-manager");
  if (found === undefined || !isRunning(found)) throw new Error("the rig has no controller manager");
  process.kill(found.pid, signal);
}

/**
 * Compacts etcd at its newest revision, as the compactor of another API server does; settled when this one
 * has noticed and forgets its snapshots too, some 16 s later. Source: apiserver storage/etcd3/compact.go.
 */
async function compact(subject: Subject, { ports }: RigState): Promise<void> {
  const { metadata } = await mustSend(subject, "GET", "/api/v1/configmaps");
  await callEtcd(ports.etcd, "put", {
    key: base64("compact_rev_key"),
    value: base64(metadata.resourceVersion),
  });
  await callEtcd(ports.etcd, "compaction", { revision: metadata.resourceVersion, physical: true });
  // what is exactly one version older is not there any more
  const old = String(Number(metadata.resourceVersion) - 1);
  const query = { resourceVersion: old, resourceVersionMatch: "Exact" };
  await waitUntil({ what: "the API server's own compaction", timeoutSeconds: 60 }, async () => {
    const answer = await send(subject, "GET", "/api/v1/configmaps", undefined, { query });
    return answer.status === 410 || undefined;
  });
}

/** Source: etcd's JSON gateway. */
async function callEtcd(port: number, path: string, body: object): Promise<void> {
  const url = `http://127.0.0.1:${port}/v3/kv/${path}`;
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`etcd ${path}: HTTP ${answer.status} ${await answer.text()}`);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
