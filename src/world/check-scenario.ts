import type { Scenario } from "./scenario.ts";
import {
  amountOrPercent,
  anything,
  count,
  counts,
  duration,
  flag,
  listOf,
  oneOf,
  quantities,
  record,
  type Shape,
  text,
  texts,
} from "./scenario-shape.ts";
import { sizeOf } from "./scenario-size.ts";
import { actor } from "./scripted/actor-shape.ts";
import { defaultTimings } from "./timings.ts";

/** Twice as large as Kubernetes itself is made for; a number with a zero too many would take all memory. */
const MOST_NODES = 10_000;
const MOST_PODS = 300_000;

/** A scenario that is not one; every fault at once, each with its place. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`the scenario is wrong:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.faults = faults;
  }
}

const group: Shape = {
  "name!": text,
  "size!": count,
  min: count,
  max: count,
  "zones!": listOf(text),
  role: text,
  labels: texts,
  taints: listOf(
    record({ "key!": text, value: text, "effect!": oneOf("NoSchedule", "PreferNoSchedule", "NoExecute") }),
  ),
  instanceType: text,
  capacity: quantities,
  kubeletVersion: text,
  launchTemplate: record({ follows: text, running: count, latest: count }),
  mirrorPods: listOf(text),
  mirrorPodsReady: duration,
  suspended: listOf(text),
  reusesNames: flag,
  hooks: listOf(
    record({
      "name!": text,
      "when!": oneOf("launching", "terminating"),
      timeout: duration,
      result: oneOf("CONTINUE", "ABANDON"),
    }),
  ),
  terminationPolicies: listOf(oneOf("Default", "OldestInstance", "NewestInstance", "OldestLaunchTemplate")),
};

const cloud: Shape = {
  readLag: duration,
  throttle: record({ "burst!": count, "perSecond!": count }),
  lacking: listOf(record({ zone: text, instanceType: text })),
};

const budget: Shape = {
  name: text,
  minAvailable: amountOrPercent,
  maxUnavailable: amountOrPercent,
  unhealthyPodEvictionPolicy: oneOf("IfHealthyBudget", "AlwaysAllow"),
};

const workload: Shape = {
  "kind!": oneOf("Deployment", "StatefulSet", "DaemonSet", "Job", "Pod"),
  namespace: text,
  "name!": text,
  copies: count,
  replicas: count,
  labels: texts,
  annotations: texts,
  requests: quantities,
  ready: duration,
  stop: duration,
  run: duration,
  gracePeriodSeconds: count,
  minReadySeconds: count,
  budgets: listOf(record(budget)),
  priorityClass: text,
  nodeSelector: texts,
  affinity: anything,
  antiAffinity: text,
  spread: listOf(
    record({
      "maxSkew!": count,
      "topologyKey!": text,
      "whenUnsatisfiable!": oneOf("DoNotSchedule", "ScheduleAnyway"),
      labelSelector: anything,
    }),
  ),
  tolerateEverything: flag,
  emptyDir: flag,
  zonalVolume: flag,
  backoffLimit: count,
  parallel: flag,
  replacements: oneOf("neverReady"),
};

const timings: Shape = Object.fromEntries(
  Object.entries(defaultTimings).map(([name, value]) => [name, Array.isArray(value) ? listOf(count) : count]),
);

const access: Shape = {
  identities: listOf(record({ "token!": text, "user!": text, groups: listOf(text) })),
  "grants!": listOf(
    record({
      users: listOf(text),
      groups: listOf(text),
      namespaces: listOf(text),
      "rules!": listOf(
        record({
          // The core group is the empty text.
          "apiGroups!": listOf(anything),
          "resources!": listOf(text),
          "verbs!": listOf(text),
          resourceNames: listOf(text),
        }),
      ),
    }),
  ),
};

const scenario: Shape = {
  "name!": text,
  region: text,
  account: text,
  cluster: text,
  namespaces: listOf(text),
  priorityClasses: counts,
  "groups!": listOf(record(group)),
  "workloads!": listOf(record(workload)),
  timings: record(timings),
  cloud: record(cloud),
  denied: listOf(
    record({ verb: text, group: anything, resource: text, subresource: anything, namespace: anything }),
  ),
  access: record(access),
  actors: listOf(actor),
};

/** Takes the parsed form of a scenario file. @throws ScenarioError naming every fault and its place */
export function checkScenario(value: unknown): Scenario {
  const faults = record(scenario)(value, "");
  if (faults.length > 0) throw new ScenarioError(faults);
  const checked = value as Scenario;
  const more = [...checkGroups(checked), ...checkWorkloads(checked), ...checkSize(checked)];
  if (more.length > 0) throw new ScenarioError(more);
  return checked;
}

function checkSize(scenario: Scenario): readonly string[] {
  const { nodes, pods } = sizeOf(scenario);
  const tooMany = (field: string, number: number, what: string, most: number): readonly string[] =>
    number > most
      ? [
          `${field}: ${number.toLocaleString("en")} ${what} in all, at most ${most.toLocaleString("en")} are played`,
        ]
      : [];
  return [...tooMany("groups", nodes, "nodes", MOST_NODES), ...tooMany("workloads", pods, "pods", MOST_PODS)];
}

function checkGroups({ groups }: Scenario): readonly string[] {
  return groups.flatMap(({ name, size, min = size, max = size, zones }, index) => [
    ...(groups.findIndex((other) => other.name === name) === index
      ? []
      : [`groups[${index}].name: "${name}" is there twice`]),
    ...(zones.length === 0 ? [`groups[${index}].zones: must name a zone at least`] : []),
    ...(min <= size && size <= max
      ? []
      : [`groups[${index}].size: ${size} is not within min ${min} and max ${max}`]),
  ]);
}

function checkWorkloads({ workloads }: Scenario): readonly string[] {
  const keyOf = ({ kind, namespace = "default", name }: Scenario["workloads"][number]): string =>
    `${kind} ${namespace}/${name}`;
  return workloads.flatMap((one, index) => {
    const isFirst = workloads.findIndex((other) => keyOf(other) === keyOf(one)) === index;
    return [
      ...(isFirst ? [] : [`workloads[${index}]: ${keyOf(one)} is there twice`]),
      ...(one.copies !== undefined && one.labels !== undefined
        ? [`workloads[${index}].labels: would be the same for all copies, and their selectors overlap`]
        : []),
      ...(one.zonalVolume === true && one.kind !== "StatefulSet"
        ? [`workloads[${index}].zonalVolume: only a StatefulSet has one`]
        : []),
      ...(one.replacements !== undefined && one.kind !== "Deployment" && one.kind !== "StatefulSet"
        ? [`workloads[${index}].replacements: only Deployments and StatefulSets have them`]
        : []),
    ];
  });
}
