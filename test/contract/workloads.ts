import { type Body, create, isReady, list, until } from "./api.ts";
import type { Namespaced } from "./subject.ts";

export interface PodWishes {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly group?: string;
  readonly requests?: Readonly<Record<string, string>>;
  readonly gracePeriodSeconds?: number;
  readonly more?: object;
}

/** The template of pods that get Ready and stop quickly, on the workers of nodes-a. */
export function template(app: string, wishes: PodWishes = {}) {
  const { labels = {}, annotations = {}, group = "nodes-a", requests, gracePeriodSeconds = 30 } = wishes;
  return {
    metadata: { labels: { app, ...labels }, annotations },
    spec: {
      nodeSelector: { "kops.k8s.io/instancegroup": group },
      terminationGracePeriodSeconds: gracePeriodSeconds,
      containers: [{ name: "c", image: "i", ...(requests === undefined ? {} : { resources: { requests } }) }],
      ...wishes.more,
    },
  };
}

export const quick = { "rig/start-delay": "100ms", "rig/ready-delay": "200ms", "rig/stop-time": "500ms" };

interface Wishes extends PodWishes {
  readonly replicas?: number;
  /** Further fields of the spec. */
  readonly spec?: object;
}

function workload(app: string, { replicas = 1, spec = {}, ...wishes }: Wishes) {
  const annotations = { ...quick, ...wishes.annotations };
  return {
    metadata: { name: app },
    spec: {
      replicas,
      selector: { matchLabels: { app } },
      template: template(app, { ...wishes, annotations }),
      ...spec,
    },
  };
}

export function aDeployment(cluster: Namespaced, app: string, wishes: Wishes = {}): Promise<Body> {
  return create(cluster, "deployments", workload(app, wishes));
}

export function aStatefulSet(cluster: Namespaced, app: string, wishes: Wishes = {}): Promise<Body> {
  const spec = { serviceName: app, ...wishes.spec };
  return create(cluster, "statefulsets", workload(app, { ...wishes, spec }));
}

export function aDaemonSet(cluster: Namespaced, app: string, wishes: Wishes = {}): Promise<Body> {
  const { replicas: _replicas, ...spec } = workload(app, wishes).spec;
  return create(cluster, "daemonsets", { metadata: { name: app }, spec });
}

export function aJob(cluster: Namespaced, app: string, wishes: Wishes = {}): Promise<Body> {
  const annotations = { ...quick, "rig/run-time": "1h", ...wishes.annotations };
  const { metadata, spec } = template(app, { ...wishes, annotations });
  const job = { template: { metadata, spec: { ...spec, restartPolicy: "Never" } }, ...wishes.spec };
  return create(cluster, "jobs", { metadata: { name: app }, spec: job });
}

export function aBarePod(cluster: Namespaced, name: string, wishes: PodWishes = {}): Promise<Body> {
  const annotations = { ...quick, ...wishes.annotations };
  const { metadata, spec } = template(name, { ...wishes, annotations });
  return create(cluster, "pods", { metadata: { name, ...metadata }, spec });
}

export function aBudget(cluster: Namespaced, name: string, app: string, spec: object): Promise<Body> {
  const body = { metadata: { name }, spec: { selector: { matchLabels: { app } }, ...spec } };
  return create(cluster, "poddisruptionbudgets", body);
}

export function podsOf(cluster: Namespaced, app: string): Promise<readonly Body[]> {
  return list(cluster, "pods", { labelSelector: `app=${app}` });
}

/** Settled when exactly so many pods of the app are there, all Ready. */
export function allReady(cluster: Namespaced, app: string, count: number): Promise<readonly Body[]> {
  return until(cluster.subject, `${count} Ready pods of ${app}`, async () => {
    const pods = await podsOf(cluster, app);
    return pods.length === count && pods.every(isReady) ? pods : undefined;
  });
}

export const uids = (pods: readonly Body[]): readonly string[] => pods.map(({ metadata }) => metadata.uid);
