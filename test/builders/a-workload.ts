import type { Workload } from "#model/objects.ts";
import { refOf } from "./a-pod.ts";
import { uidOf } from "./fixed.ts";

/** A workload default/web of any kind, 3 replicas. Give a Deployment's pods its ReplicaSet: aReplicaSet(). */
export function aWorkload(fields: Partial<Workload> & Pick<Workload, "kind">): Workload {
  const namespace = fields.namespace ?? "default";
  const name = fields.name ?? "web";
  return {
    namespace,
    name,
    uid: uidOf(`${fields.kind} ${namespace}/${name}`),
    resourceVersion: "1",
    controller: null,
    replicas: fields.kind === "DaemonSet" ? 0 : 3,
    minReadySeconds: 0,
    terminating: false,
    job:
      fields.kind === "Job"
        ? { backoffLimit: 6, failed: 0, finished: "no", suspended: false, ignoresDisruptions: false }
        : null,
    ...fields,
  };
}

export function aDeployment(fields: Partial<Workload> = {}): Workload {
  return aWorkload({ ...fields, kind: "Deployment" });
}

/** The ReplicaSet of a Deployment: the controller of its pods. */
export function aReplicaSet(of: Workload, fields: Partial<Workload> = {}): Workload {
  return aWorkload({
    namespace: of.namespace,
    name: `${of.name}-55d9`,
    replicas: of.replicas,
    minReadySeconds: of.minReadySeconds,
    controller: refOf(of),
    ...fields,
    kind: "ReplicaSet",
  });
}

export function aStatefulSet(fields: Partial<Workload> = {}): Workload {
  return aWorkload({ name: "db", ...fields, kind: "StatefulSet" });
}

export function aDaemonSet(fields: Partial<Workload> = {}): Workload {
  return aWorkload({ name: "agent", namespace: "kube-system", ...fields, kind: "DaemonSet" });
}

export function aJob(fields: Partial<Workload> = {}): Workload {
  return aWorkload({ name: "report", replicas: 1, ...fields, kind: "Job" });
}
