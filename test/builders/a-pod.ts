import type { ObjectRef, Pod, Workload } from "#model/objects.ts";
import { FIXED_TIME, uidOf } from "./fixed.ts";

/** A Running, Ready pod default/web-1 on node-1; unmanaged unless `of` or `controller` is given. */
export function aPod(fields: Partial<Pod> & { readonly of?: Workload } = {}): Pod {
  const { of: workload, ...rest } = fields;
  const namespace = fields.namespace ?? workload?.namespace ?? "default";
  const name = fields.name ?? "web-1";
  return {
    namespace,
    name,
    uid: uidOf(`Pod ${namespace}/${name}`),
    resourceVersion: "1",
    createdAt: FIXED_TIME,
    labels: { app: workload?.name ?? "web" },
    nodeName: "node-1",
    phase: "Running",
    ready: true,
    readySince: FIXED_TIME,
    deletionAt: null,
    gracePeriodSeconds: 30,
    finalizers: [],
    controller: workload ? refOf(workload) : null,
    mirror: false,
    priority: 0,
    priorityClassName: "",
    localStorage: "none",
    claims: [],
    requests: { cpuMillis: 100, memoryBytes: 128 * 2 ** 20, pods: 1 },
    nodeSelector: {},
    nodeAffinity: [],
    separations: [],
    tolerations: [],
    trouble: null,
    openReadinessGates: [],
    ...rest,
  };
}

/** A static pod of a node: kube-system/NAME-NODE. */
export function aMirrorPod(name: string, nodeName: string): Pod {
  return aPod({
    namespace: "kube-system",
    name: `${name}-${nodeName}`,
    nodeName,
    mirror: true,
    priorityClassName: "system-node-critical",
    controller: { kind: "Node", name: nodeName, uid: uidOf(`Node ${nodeName}`) },
  });
}

/** The reference that a workload's pods carry. */
export function refOf(workload: Workload): ObjectRef {
  return {
    kind: workload.kind,
    namespace: workload.namespace,
    name: workload.name,
    uid: workload.uid,
  };
}
