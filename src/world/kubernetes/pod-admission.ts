import { isRecord, textAt, valueAt } from "../json.ts";
import type { Cluster } from "./cluster.ts";
import type { Container, PodSpec } from "./pod-types.ts";
import { qosClassOf } from "./qos-class.ts";
import { defaultTolerations } from "./taints.ts";
import { wholePodRequests } from "./whole-pod-requests.ts";

/** What admission makes of a pod's spec, and the class that follows from its resources. */
export interface AdmittedPod {
  readonly spec: PodSpec;
  readonly qosClass: string;
}

interface Known extends AdmittedPod {
  /** The state of the priority classes that it was made with. */
  readonly classes: number;
}

/** Pods of one template share their spec, so admitting thirty thousand costs as much as admitting a few. */
const known = new WeakMap<Cluster, WeakMap<PodSpec, Known>>();

/**
 * Fills in what the API server fills in of a new pod beyond its template: tolerations, priority, service
 * account, service links, requests from limits. Source: the admission plugins DefaultTolerationSeconds,
 * Priority and ServiceAccount; core/v1 SetDefaults_Pod.
 */
export function admitPodSpec(cluster: Cluster, spec: PodSpec): AdmittedPod {
  const classes = cluster.stores.priorityclasses.log.end;
  let cache = known.get(cluster);
  if (cache === undefined) {
    cache = new WeakMap();
    known.set(cluster, cache);
  }
  const found = cache.get(spec);
  if (found?.classes === classes) return found;
  const complete = completePodSpec(cluster, spec);
  const admitted = { spec: complete, qosClass: qosClassOf(complete), classes };
  cache.set(spec, admitted);
  return admitted;
}

function completePodSpec(cluster: Cluster, spec: PodSpec): PodSpec {
  const own = spec.tolerations ?? [];
  const tolerations = own.some((toleration) => toleration.key === undefined || toleration.key === "")
    ? own
    : [
        ...own,
        ...defaultTolerations.filter((extra) => !own.some((toleration) => toleration.key === extra.key)),
      ];
  return {
    enableServiceLinks: true,
    serviceAccountName: "default",
    serviceAccount: "default",
    ...spec,
    ...withEveryRequest(spec),
    ...priorityOf(cluster, spec.priorityClassName),
    tolerations,
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
    restartPolicy: spec.restartPolicy ?? "Always",
  };
}

/** The highest of the default classes counts where the pod names none. */
function priorityOf(
  cluster: Cluster,
  name: string | undefined,
): { readonly priority: number; readonly preemptionPolicy: string; readonly priorityClassName?: string } {
  const { priorityclasses } = cluster.stores;
  const found =
    name === undefined
      ? priorityclasses.all().find((one) => valueAt(one, "globalDefault") === true)
      : priorityclasses.get(undefined, name);
  const value = valueAt(found, "value");
  const policy = valueAt(found, "preemptionPolicy");
  return {
    ...(found === undefined ? {} : { priorityClassName: found.metadata.name }),
    priority: typeof value === "number" ? value : 0,
    preemptionPolicy: typeof policy === "string" ? policy : "PreemptLowerPriority",
  };
}

/**
 * Why a pod may not say what it says of its priority or runtime; undefined: it may. No runtime class is
 * served, so any is missing. Source: the admission plugins Priority and RuntimeClass.
 */
export function refusePriorityOrRuntime(cluster: Cluster, spec: unknown): string | undefined {
  const computed = priorityOf(cluster, textAt(spec, "priorityClassName"));
  const { priority = computed.priority, preemptionPolicy = computed.preemptionPolicy } = isRecord(spec)
    ? spec
    : {};
  const refuse = (what: string, given: unknown, own: string | number): string =>
    `the ${what} (${String(given)}) must not be provided in pod spec; priority admission controller computed ${own} from the given PriorityClass name`;
  if (priority !== computed.priority) {
    return refuse("integer value of priority", priority, computed.priority);
  }
  if (preemptionPolicy !== computed.preemptionPolicy) {
    return refuse("string value of PreemptionPolicy", preemptionPolicy, computed.preemptionPolicy);
  }
  const runtime = textAt(spec, "runtimeClassName");
  if (runtime !== undefined) return `pod rejected: RuntimeClass "${runtime}" not found`;
  return valueAt(spec, "overhead") === undefined
    ? undefined
    : "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
}

/** Of containers, init containers and the pod as a whole. */
function withEveryRequest(spec: PodSpec): Pick<PodSpec, "containers" | "initContainers" | "resources"> {
  const { initContainers } = spec;
  const complete = {
    containers: withRequests(spec.containers),
    ...(initContainers === undefined ? {} : { initContainers: withRequests(initContainers) }),
  };
  const requests = wholePodRequests({ ...spec, ...complete });
  return requests === undefined ? complete : { ...complete, resources: { ...spec.resources, requests } };
}

/** The template's own where none of them has limits, so that its pods share them. */
function withRequests(containers: readonly Container[]): readonly Container[] {
  const hasLimits = containers.some((container) => isRecord(valueAt(container, "resources", "limits")));
  return hasLimits ? containers.map(requestingLimits) : containers;
}

function requestingLimits(container: Container): Container {
  const limits = valueAt(container, "resources", "limits");
  if (!isRecord(limits)) return container;
  const requests = { ...limits, ...container.resources?.requests } as Readonly<Record<string, string>>;
  return { ...container, resources: { ...container.resources, requests } };
}
