import { isRecord, type JsonRecord } from "../json.ts";

/** A decoded object on its way into the store: nobody else holds it yet. */
export type Draft = Record<string, unknown>;

export function draftAt(parent: Draft, key: string): Draft {
  const found = parent[key];
  if (isRecord(found)) return found as Draft;
  const made: Draft = {};
  parent[key] = made;
  return made;
}

export function draftsAt(parent: Draft, key: string): readonly Draft[] {
  const found = parent[key];
  return Array.isArray(found) ? found.filter((item): item is Draft => isRecord(item)) : [];
}

/** Sets what is absent. Empty texts never get here: the decoder leaves them out. */
export function setDefaults(target: Draft, defaults: JsonRecord): void {
  for (const key of Object.keys(defaults)) if (target[key] === undefined) target[key] = defaults[key];
}

/** Defaults of a pod's spec wherever it stands. Source: core/v1 SetDefaults_PodSpec and what it holds. */
export function defaultPodSpec(spec: Draft): void {
  setDefaults(spec, {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
  });
  // The older name of serviceAccountName, kept equal by the conversion.
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  if (account !== undefined) Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
  for (const container of draftsAt(spec, "initContainers")) defaultContainer(container);
  for (const container of draftsAt(spec, "containers")) defaultContainer(container);
  for (const volume of draftsAt(spec, "volumes")) defaultVolume(volume);
}

function defaultContainer(container: Draft): void {
  setDefaults(container, {
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: pullPolicyOf(String(container.image ?? "")),
  });
  for (const port of draftsAt(container, "ports")) setDefaults(port, { protocol: "TCP" });
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    if (isRecord(container[probe])) defaultProbe(draftAt(container, probe));
  }
  for (const variable of draftsAt(container, "env")) {
    const source = variable.valueFrom;
    if (isRecord(source) && isRecord(source.fieldRef)) {
      setDefaults(draftAt(draftAt(variable, "valueFrom"), "fieldRef"), { apiVersion: "v1" });
    }
  }
}

/** Source: parsers.ParseImageName: neither tag nor digest is the tag latest. */
function pullPolicyOf(image: string): string {
  const [name = "", digest] = image.split("@");
  const tag = name.slice(name.lastIndexOf("/") + 1).split(":")[1];
  const isLatest = tag === "latest" || (tag === undefined && digest === undefined);
  return isLatest ? "Always" : "IfNotPresent";
}

function defaultProbe(probe: Draft): void {
  if (isRecord(probe.httpGet)) setDefaults(draftAt(probe, "httpGet"), { path: "/", scheme: "HTTP" });
  if (isRecord(probe.grpc)) setDefaults(draftAt(probe, "grpc"), { service: "" });
  setDefaults(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
}

function defaultVolume(volume: Draft): void {
  if (Object.keys(volume).every((key) => key === "name")) volume.emptyDir = {};
  for (const source of ["secret", "configMap", "downwardAPI", "projected"]) {
    if (isRecord(volume[source])) setDefaults(draftAt(volume, source), { defaultMode: 420 });
  }
  if (isRecord(volume.hostPath)) setDefaults(draftAt(volume, "hostPath"), { type: "" });
  if (!isRecord(volume.projected)) return;
  for (const source of draftsAt(draftAt(volume, "projected"), "sources")) {
    if (isRecord(source.serviceAccountToken)) {
      setDefaults(draftAt(source, "serviceAccountToken"), { expirationSeconds: 3600 });
    }
  }
}

/** Defaults that a pod has and a template has not. Source: core/v1 SetDefaults_Pod. */
export function defaultPod(spec: Draft): void {
  for (const list of ["containers", "initContainers"]) {
    for (const container of draftsAt(spec, list)) {
      const resources = draftAt(container, "resources");
      if (isRecord(resources.limits)) {
        resources.requests = {
          ...resources.limits,
          ...(isRecord(resources.requests) ? resources.requests : {}),
        };
      }
      if (spec.hostNetwork !== true) continue;
      for (const port of draftsAt(container, "ports")) setDefaults(port, { hostPort: port.containerPort });
    }
  }
  setDefaults(spec, { enableServiceLinks: true });
}
