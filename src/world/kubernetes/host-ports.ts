import type { Pod, PodSpec } from "./pod-types.ts";

/** A port of a node that a pod takes for itself. */
interface HostPort {
  readonly address: string;
  readonly protocol: string;
  readonly port: number;
}

const anywhere = "0.0.0.0";
const none: readonly HostPort[] = [];
const known = new WeakMap<PodSpec["containers"], readonly HostPort[]>();

/** Of containers, and of init containers that go on running. Source: pkg/scheduler/util GetHostPorts. */
export function hostPortsOf({ containers, initContainers }: PodSpec): readonly HostPort[] {
  const lasting = initContainers?.filter(({ restartPolicy }) => restartPolicy === "Always") ?? [];
  if (lasting.length > 0) return [...containers, ...lasting].flatMap(portsOf);
  const cached = known.get(containers);
  if (cached !== undefined) return cached;
  const found = containers.flatMap(portsOf);
  const ports = found.length === 0 ? none : found;
  known.set(containers, ports);
  return ports;
}

function portsOf({ ports = [] }: PodSpec["containers"][number]): readonly HostPort[] {
  return ports.flatMap(({ hostPort = 0, protocol = "TCP", hostIP = "" }) =>
    hostPort <= 0 ? [] : [{ address: hostIP === "" ? anywhere : hostIP, protocol, port: hostPort }],
  );
}

/** Whether one of these pods has a port that is wanted. Source: HostPortInfo.CheckConflict. */
export function isPortTaken(wanted: readonly HostPort[], pods: readonly Pod[]): boolean {
  return pods.some(({ spec }) => hostPortsOf(spec).some((taken) => wanted.some((one) => isSame(one, taken))));
}

function isSame(left: HostPort, right: HostPort): boolean {
  return (
    left.port === right.port &&
    left.protocol === right.protocol &&
    (left.address === right.address || left.address === anywhere || right.address === anywhere)
  );
}
