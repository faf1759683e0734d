import { join } from "node:path";
import { childEnvironment } from "./child-environment.ts";
import type { RigPace } from "./pace.ts";
import { rigAsset, workTree } from "./paths.ts";
import type { ProcessCommand } from "./processes.ts";
import {
  auditLogPath,
  awsEnvironment,
  certificatePath,
  fleetLogPath,
  kubeconfigPath,
  type RigState,
  type RigUser,
} from "./rig-state.ts";

/** Where the rig's programs are. */
export interface RigPrograms {
  /** The folder of the binaries. */
  readonly binaries: string;
  /** The Python interpreter that has moto. */
  readonly python: string;
  /** The bridge, bundled for Node. */
  readonly bridge: string;
}

/** The command line of every process of a rig. */
export interface RigComponents {
  readonly etcd: ProcessCommand;
  readonly apiServer: ProcessCommand;
  readonly controllerManager: ProcessCommand;
  readonly scheduler: ProcessCommand;
  readonly kwok: ProcessCommand;
  readonly fleet: ProcessCommand;
  readonly bridge: ProcessCommand;
}

export function rigComponents(state: RigState, programs: RigPrograms, pace: RigPace): RigComponents {
  return {
    etcd: etcd(state, programs),
    apiServer: apiServer(state, programs),
    controllerManager: controllerManager(state, programs),
    scheduler: scheduler(state, programs),
    kwok: kwok(state, programs),
    fleet: fleet(state, programs, pace),
    bridge: bridge(state, programs),
  };
}

function binary(programs: RigPrograms, name: string, args: readonly string[]): ProcessCommand {
  return { name, file: join(programs.binaries, name), args, environment: childEnvironment() };
}

function etcd({ folder, ports }: RigState, programs: RigPrograms): ProcessCommand {
  return binary(programs, "etcd", [
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=http://127.0.0.1:${ports.etcd}`,
    `--listen-peer-urls=http://127.0.0.1:${ports.etcdPeer}`,
  ]);
}

function apiServer({ folder, ports }: RigState, programs: RigPrograms): ProcessCommand {
  return binary(programs, "kube-apiserver", [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${ports.apiServer}`,
    `--cert-dir=${join(folder, "certificates")}`,
    `--service-account-key-file=${join(folder, "service-account.pub")}`,
    `--service-account-signing-key-file=${join(folder, "service-account.key")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--allow-privileged=true",
    // no default route is needed: nobody follows this address
    "--advertise-address=192.0.2.1",
    "--endpoint-reconciler-type=none",
    "--profiling=false",
    `--audit-policy-file=${join(folder, "audit-policy.yaml")}`,
    `--audit-log-path=${auditLogPath(folder)}`,
    "--audit-log-maxsize=1024",
  ]);
}

function kubeconfigFlags(folder: string, user: RigUser): string[] {
  const path = kubeconfigPath(folder, user);
  return [
    `--kubeconfig=${path}`,
    `--authentication-kubeconfig=${path}`,
    `--authorization-kubeconfig=${path}`,
  ];
}

function controllerManager({ folder, ports }: RigState, programs: RigPrograms): ProcessCommand {
  return binary(programs, "kube-controller-manager", [
    ...kubeconfigFlags(folder, "kube-controller-manager"),
    "--bind-address=127.0.0.1",
    `--secure-port=${ports.controllerManager}`,
    `--cert-dir=${join(folder, "certificates-controller-manager")}`,
    "--leader-elect=false",
    "--use-service-account-credentials=true",
    `--service-account-private-key-file=${join(folder, "service-account.key")}`,
    `--root-ca-file=${certificatePath(folder)}`,
    "--node-monitor-period=1s",
    // well above kwok's lease renewals, else every node flaps
    "--node-monitor-grace-period=8s",
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
  ]);
}

function scheduler({ folder, ports }: RigState, programs: RigPrograms): ProcessCommand {
  return binary(programs, "kube-scheduler", [
    ...kubeconfigFlags(folder, "kube-scheduler"),
    "--bind-address=127.0.0.1",
    `--secure-port=${ports.scheduler}`,
    `--cert-dir=${join(folder, "certificates-scheduler")}`,
    "--leader-elect=false",
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
  ]);
}

function kwok({ folder, ports }: RigState, programs: RigPrograms): ProcessCommand {
  return binary(programs, "kwok", [
    `--kubeconfig=${kubeconfigPath(folder, "kwok")}`,
    `--config=${rigAsset("kubelets", "kwok.yaml")}`,
    `--config=${rigAsset("kubelets", "stages.yaml")}`,
    // the bridge takes the label away when a kubelet dies
    "--manage-nodes-with-label-selector=kwok.x-k8s.io/alive=true",
    "--node-ip=10.1.0.1",
    "--cidr=10.200.0.0/16",
    "--node-lease-duration-seconds=4",
    `--server-address=127.0.0.1:${ports.kwok}`,
  ]);
}

/** The AWS endpoint, which can stand alone too. */
export function fleet(
  { folder, ports }: Pick<RigState, "folder" | "ports">,
  programs: Pick<RigPrograms, "python">,
  pace: RigPace,
): ProcessCommand {
  return {
    name: "fleet",
    file: programs.python,
    args: [rigAsset("fleet", "fleetd.py"), String(ports.fleet), fleetLogPath(folder)],
    environment: childEnvironment({
      PYTHONDONTWRITEBYTECODE: "1",
      // the rights of dextre's access key
      FLEET_POLICY: join(workTree(), "deploy", "iam.json"),
      FLEET_BOOT_S: String(pace.instanceBootSeconds),
      FLEET_TERM_S: String(pace.instanceTerminateSeconds),
    }),
  };
}

function bridge(state: RigState, programs: RigPrograms): ProcessCommand {
  return {
    name: "bridge",
    file: process.execPath,
    args: [programs.bridge, state.folder],
    environment: childEnvironment({
      ...awsEnvironment(state.ports.fleet),
      AWS_ACCESS_KEY_ID: "bridge",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    }),
  };
}
