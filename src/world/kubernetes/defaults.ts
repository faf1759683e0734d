import { isRecord } from "../json.ts";
import type { KindInfo } from "./kinds.ts";
import { type Draft, defaultPod, defaultPodSpec, draftAt, draftsAt, setDefaults } from "./pod-defaults.ts";
import { rbacGroup } from "./rbac-types.ts";

/**
 * Fills in what the API server fills in of every object it reads, in place. Doing it twice changes nothing.
 * Source: the SetDefaults functions of pkg/apis.
 */
export function applyDefaults(info: KindInfo, object: Draft): void {
  const spec = draftAt(object, "spec");
  switch (info.plural) {
    case "pods":
      defaultPodSpec(spec);
      defaultPod(spec);
      return;
    case "deployments":
      defaultDeployment(spec);
      return;
    case "replicasets":
      defaultTemplate(spec);
      setDefaults(spec, { replicas: 1 });
      return;
    case "statefulsets":
      defaultStatefulSet(spec);
      return;
    case "daemonsets":
      defaultDaemonSet(spec);
      return;
    case "jobs":
      defaultJob(spec);
      return;
    case "services":
      defaultService(spec);
      return;
    case "persistentvolumes":
      setDefaults(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" });
      return;
    case "persistentvolumeclaims":
      setDefaults(spec, { volumeMode: "Filesystem" });
      return;
    case "horizontalpodautoscalers":
      defaultAutoscaler(spec);
      return;
    default:
      defaultPlain(info, object);
  }
}

/** Kinds that may have no spec. */
function defaultPlain(info: KindInfo, object: Draft): void {
  if (
    isRecord(object.spec) &&
    Object.keys(object.spec).length === 0 &&
    !info.hasStatus &&
    info.plural !== "leases"
  ) {
    delete object.spec;
  }
  if (info.plural === "namespaces") {
    const metadata = draftAt(object, "metadata");
    if (typeof metadata.name === "string")
      draftAt(metadata, "labels")["kubernetes.io/metadata.name"] = metadata.name;
  }
  if (info.plural === "secrets") {
    setDefaults(object, { type: "Opaque" });
    takeTexts(object);
  }
  if (info.plural === "rolebindings" || info.plural === "clusterrolebindings") defaultBinding(object);
  if (info.plural === "priorityclasses") setDefaults(object, { preemptionPolicy: "PreemptLowerPriority" });
}

/** A Secret's texts become data, and win over it. Source: core/v1 Convert_v1_Secret_To_core_Secret. */
function takeTexts(secret: Draft): void {
  const { stringData } = secret;
  delete secret.stringData;
  if (!isRecord(stringData)) return;
  const encoded = Object.entries(stringData).map(([key, text]) => [
    key,
    Buffer.from(String(text)).toString("base64"),
  ]);
  secret.data = { ...(isRecord(secret.data) ? secret.data : {}), ...Object.fromEntries(encoded) };
}

/** Source: rbac/v1 SetDefaults_RoleBinding, SetDefaults_Subject. */
function defaultBinding(binding: Draft): void {
  const roleRef = draftAt(binding, "roleRef");
  if ((roleRef.apiGroup ?? "") === "") roleRef.apiGroup = rbacGroup;
  for (const subject of draftsAt(binding, "subjects")) {
    if (subject.kind === "User" || subject.kind === "Group") setDefaults(subject, { apiGroup: rbacGroup });
  }
}

function defaultTemplate(spec: Draft): void {
  const podSpec = draftAt(draftAt(spec, "template"), "spec");
  defaultPodSpec(podSpec);
}

function defaultDeployment(spec: Draft): void {
  defaultTemplate(spec);
  setDefaults(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = draftAt(spec, "strategy");
  setDefaults(strategy, { type: "RollingUpdate" });
  if (strategy.type !== "RollingUpdate") return;
  setDefaults(draftAt(strategy, "rollingUpdate"), { maxUnavailable: "25%", maxSurge: "25%" });
}

function defaultStatefulSet(spec: Draft): void {
  defaultTemplate(spec);
  setDefaults(spec, { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: "OrderedReady" });
  const retention = { whenDeleted: "Retain", whenScaled: "Retain" };
  setDefaults(draftAt(spec, "persistentVolumeClaimRetentionPolicy"), retention);
  const strategy = draftAt(spec, "updateStrategy");
  if (strategy.type === undefined) {
    strategy.type = "RollingUpdate";
    draftAt(strategy, "rollingUpdate");
  }
  if (strategy.type === "RollingUpdate" && isRecord(strategy.rollingUpdate)) {
    setDefaults(draftAt(strategy, "rollingUpdate"), { partition: 0 });
    // The feature is off, and what is said of it is dropped. Source: dropStatefulSetDisabledFields, v1.36.
    delete draftAt(strategy, "rollingUpdate").maxUnavailable;
  }
  for (const claim of draftsAt(spec, "volumeClaimTemplates")) {
    setDefaults(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim" });
    setDefaults(draftAt(claim, "spec"), { volumeMode: "Filesystem" });
    setDefaults(draftAt(claim, "status"), { phase: "Pending" });
  }
}

function defaultDaemonSet(spec: Draft): void {
  defaultTemplate(spec);
  setDefaults(spec, { revisionHistoryLimit: 10 });
  const strategy = draftAt(spec, "updateStrategy");
  setDefaults(strategy, { type: "RollingUpdate" });
  if (strategy.type === "RollingUpdate") {
    setDefaults(draftAt(strategy, "rollingUpdate"), { maxUnavailable: 1, maxSurge: 0 });
  }
}

function defaultJob(spec: Draft): void {
  defaultTemplate(spec);
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  setDefaults(spec, {
    parallelism: 1,
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: spec.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed",
    manualSelector: false,
  });
  if (!isRecord(spec.podFailurePolicy)) return;
  for (const rule of draftsAt(draftAt(spec, "podFailurePolicy"), "rules")) {
    for (const pattern of draftsAt(rule, "onPodConditions")) pattern.status ||= "True";
  }
}

function defaultService(spec: Draft): void {
  setDefaults(spec, { sessionAffinity: "None", type: "ClusterIP" });
  for (const port of draftsAt(spec, "ports")) setDefaults(port, { protocol: "TCP" });
  for (const port of draftsAt(spec, "ports")) {
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === "")
      port.targetPort = port.port;
  }
  if (spec.type === "NodePort" || spec.type === "LoadBalancer")
    setDefaults(spec, { externalTrafficPolicy: "Cluster" });
  if (spec.type !== "ExternalName") setDefaults(spec, { internalTrafficPolicy: "Cluster" });
  if (spec.type === "LoadBalancer") setDefaults(spec, { allocateLoadBalancerNodePorts: true });
}

function defaultAutoscaler(spec: Draft): void {
  const target = { type: "Utilization", averageUtilization: 80 };
  setDefaults(spec, { minReplicas: 1, metrics: [{ type: "Resource", resource: { name: "cpu", target } }] });
}
