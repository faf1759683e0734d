import type { ScenarioWorkload } from "./scenario.ts";

/** What a scenario's workload is as Kubernetes objects: path and body of each POST, in order. */
export interface Manifest {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const collections = {
  Deployment: "/apis/apps/v1/namespaces/NS/deployments",
  StatefulSet: "/apis/apps/v1/namespaces/NS/statefulsets",
  DaemonSet: "/apis/apps/v1/namespaces/NS/daemonsets",
  Job: "/apis/batch/v1/namespaces/NS/jobs",
  Pod: "/api/v1/namespaces/NS/pods",
} as const;

/** Each workload by itself: those with `copies` under their numbered names. */
export function singleWorkloads(workloads: readonly ScenarioWorkload[]): readonly ScenarioWorkload[] {
  return workloads.flatMap(({ copies, ...workload }) =>
    copies === undefined
      ? [workload]
      : Array.from({ length: copies }, (_none, index) => ({
          ...workload,
          name: `${workload.name}-${index + 1}`,
        })),
  );
}

export function manifestsOf(workload: ScenarioWorkload): readonly Manifest[] {
  const namespace = workload.namespace ?? "default";
  const budgets = (workload.budgets ?? []).map(({ name, ...spec }) => ({
    path: `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`,
    body: {
      metadata: { name: name ?? workload.name },
      spec: { ...spec, selector: { matchLabels: labelsOf(workload) } },
    },
  }));
  const path = collections[workload.kind].replace("NS", namespace);
  return [...budgets, { path, body: bodyOf(workload) }];
}

function labelsOf(workload: ScenarioWorkload): Readonly<Record<string, string>> {
  return workload.labels ?? { app: workload.name };
}

function bodyOf(workload: ScenarioWorkload): Readonly<Record<string, unknown>> {
  const labels = labelsOf(workload);
  const metadata = { name: workload.name, labels };
  const template = { metadata: { labels, annotations: annotationsOf(workload) }, spec: podSpecOf(workload) };
  const selector = { matchLabels: labels };
  const replicas = workload.replicas ?? 1;
  const minReady =
    workload.minReadySeconds === undefined ? {} : { minReadySeconds: workload.minReadySeconds };
  switch (workload.kind) {
    case "Deployment":
      return { metadata, spec: { replicas, selector, template, ...minReady } };
    case "StatefulSet":
      return {
        metadata,
        spec: {
          replicas,
          selector,
          template,
          serviceName: workload.name,
          ...minReady,
          ...statefulExtras(workload),
        },
      };
    case "DaemonSet":
      return { metadata, spec: { selector, template, ...minReady } };
    case "Job":
      return {
        metadata,
        spec: {
          parallelism: replicas,
          completions: replicas,
          backoffLimit: workload.backoffLimit ?? 6,
          template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } },
        },
      };
    case "Pod":
      return { metadata: { ...metadata, annotations: annotationsOf(workload) }, spec: podSpecOf(workload) };
  }
}

function statefulExtras(workload: ScenarioWorkload): Readonly<Record<string, unknown>> {
  return {
    ...(workload.parallel === true ? { podManagementPolicy: "Parallel" } : {}),
    ...(workload.zonalVolume === true
      ? { volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { storageClassName: "zonal" } }] }
      : {}),
  };
}

function annotationsOf(workload: ScenarioWorkload): Readonly<Record<string, string>> {
  return {
    ...workload.annotations,
    ...(workload.ready === undefined ? {} : { "rig/ready-delay": workload.ready }),
    ...(workload.stop === undefined ? {} : { "rig/stop-time": workload.stop }),
    ...(workload.run === undefined ? {} : { "rig/run-time": workload.run }),
  };
}

function podSpecOf(workload: ScenarioWorkload): Readonly<Record<string, unknown>> {
  const optional = {
    nodeSelector: workload.nodeSelector,
    priorityClassName: workload.priorityClass,
    terminationGracePeriodSeconds: workload.gracePeriodSeconds,
    tolerations: workload.tolerateEverything === true ? [{ operator: "Exists" }] : undefined,
    volumes: workload.emptyDir === true ? [{ name: "scratch", emptyDir: {} }] : undefined,
    topologySpreadConstraints: workload.spread?.map((constraint) => ({
      labelSelector: { matchLabels: labelsOf(workload) },
      ...constraint,
    })),
    affinity: affinityOf(workload),
  };
  const present = Object.entries(optional).filter(([, value]) => value !== undefined);
  const requests = workload.requests ?? { cpu: "100m" };
  const container = { name: "c", image: `example/${workload.name}:1`, resources: { requests } };
  return { ...Object.fromEntries(present), containers: [container] };
}

function affinityOf(workload: ScenarioWorkload): unknown {
  if (workload.antiAffinity === undefined) return workload.affinity;
  const term = { labelSelector: { matchLabels: labelsOf(workload) }, topologyKey: workload.antiAffinity };
  return {
    ...workload.affinity,
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
  };
}
