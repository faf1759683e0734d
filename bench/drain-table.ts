import { layOut } from "./lay-out.ts";
import type { DrainMeasurement } from "./measure-drain.ts";

/** What a drain has to keep to be called good. */
export interface Goal {
  readonly name: string;
  readonly measured: string;
  readonly wanted: string;
  readonly met: boolean;
}

const MOST_TIMES_THE_LIMIT = 1.1;
const MOST_REQUESTS_PER_POD = 3;

/** The goals of dextre's own drain. */
export function judgeDrain(drain: DrainMeasurement): readonly Goal[] {
  const ratio = drain.seconds / drain.limit.seconds;
  const perPod = drain.requests.podRequests / drain.evicted;
  const low = drain.workloads.filter(({ lowest, replicas }) => lowest < replicas - 1);
  return [
    {
      name: "seconds, as a multiple of the limit",
      measured: ratio.toFixed(2),
      wanted: `at most ${MOST_TIMES_THE_LIMIT}`,
      met: ratio <= MOST_TIMES_THE_LIMIT,
    },
    {
      name: "requests on pods and pods/eviction for each evicted pod",
      measured: perPod.toFixed(1),
      wanted: `at most ${MOST_REQUESTS_PER_POD}`,
      met: perPod <= MOST_REQUESTS_PER_POD,
    },
    {
      name: "Ready pods below the replicas of a workload",
      measured: low.length === 0 ? "1 at most" : low.map(({ owner }) => owner).join(", "),
      wanted: "1 at most",
      met: low.length === 0,
    },
  ];
}

/** Both drains side by side, one measurement a line. */
export function drainTable(drains: readonly DrainMeasurement[]): string {
  const row = (name: string, cell: (drain: DrainMeasurement) => string): readonly string[] => [
    name,
    ...drains.map(cell),
  ];
  const owners = [...new Set(drains.flatMap(({ workloads }) => workloads.map(({ owner }) => owner)))];
  return layOut([
    row("", ({ name }) => name),
    row("pods evicted", ({ evicted }) => String(evicted)),
    row("seconds, first eviction to last replacement Ready", ({ seconds }) => seconds.toFixed(2)),
    row("seconds, physical limit", ({ limit }) => limit.seconds.toFixed(2)),
    row("seconds, the whole program", ({ programSeconds }) => programSeconds.toFixed(2)),
    ...owners.map((owner) =>
      row(`Ready ${owner}: lowest, when the program ended`, ({ workloads }) => {
        const one = workloads.find((workload) => workload.owner === owner);
        return one ? `${one.lowest}/${one.replicas}, ${one.atEnd}/${one.replicas}` : "-";
      }),
    ),
    row("requests on pods and pods/eviction", ({ requests }) => String(requests.podRequests)),
    row("  for each evicted pod", ({ requests, evicted }) => (requests.podRequests / evicted).toFixed(1)),
    ...kindRows(drains, "pods"),
    row("fixed requests", ({ requests }) => String(requests.fixedRequests)),
    ...kindRows(drains, "fixed"),
  ]);
}

function kindRows(
  drains: readonly DrainMeasurement[],
  part: "pods" | "fixed",
): readonly (readonly string[])[] {
  const kinds = [...new Set(drains.flatMap(({ requests }) => [...requests[part].keys()]))].sort();
  return kinds.map((kind) => [
    `  ${kind}`,
    ...drains.map(({ requests }) => String(requests[part].get(kind) ?? 0)),
  ]);
}

/** How the limit comes about, pod by pod in the order of their evictions. */
export function limitTable(drain: DrainMeasurement): string {
  return layOut([
    ["pod", "stop", "ready path", "budget lag", "limit", "until the next eviction"],
    ...drain.limit.pods.map((pod) => [
      pod.name,
      pod.stop === null ? "-" : pod.stop.toFixed(2),
      pod.readyPath.toFixed(2),
      pod.budgetLag === null ? "-" : pod.budgetLag.toFixed(2),
      pod.limit.toFixed(2),
      pod.spent.toFixed(2),
    ]),
  ]);
}
