import { type JsonRecord, valueAt } from "#world/json.ts";
import { since } from "./human-duration.ts";
import { columns, count, createdAt, list, nameOf, orNone, type Printer, text } from "./printer.ts";

/** Source: kubectl get pods; init containers are not modelled. */
export const podPrinter: Printer = {
  columns: columns(
    "Name*",
    "Ready",
    "Status",
    "Restarts",
    "Age",
    "IP+",
    "Node+",
    "Nominated Node+",
    "Readiness Gates+",
  ),
  cells: (pod, now) => {
    const statuses = list(pod, "status", "containerStatuses");
    const ready = statuses.filter(isRunningAndReady).length;
    return [
      nameOf(pod),
      `${ready}/${list(pod, "spec", "containers").length}`,
      podStatus(pod),
      restarts(statuses, now),
      since(createdAt(pod), now),
      orNone(text(list(pod, "status", "podIPs")[0], "ip") || text(pod, "status", "podIP")),
      orNone(text(pod, "spec", "nodeName")),
      orNone(text(pod, "status", "nominatedNodeName")),
      readinessGates(pod),
    ];
  },
};

const isRunningAndReady = (status: unknown): boolean =>
  valueAt(status, "ready") === true && valueAt(status, "state", "running") !== undefined;

/** The one word in the column Status. */
export function podStatus(pod: JsonRecord): string {
  const phase = text(pod, "status", "phase");
  const own = text(pod, "status", "reason");
  if (text(pod, "metadata", "deletionTimestamp") !== "") {
    if (own === "NodeLost") return "Unknown";
    if (phase !== "Succeeded" && phase !== "Failed") return "Terminating";
  }
  return containersReason(pod) ?? (isGated(pod) ? "SchedulingGated" : own || phase);
}

const conditions = (pod: JsonRecord): readonly unknown[] => list(pod, "status", "conditions");

const isGated = (pod: JsonRecord): boolean =>
  conditions(pod).some(
    (condition) =>
      text(condition, "type") === "PodScheduled" && text(condition, "reason") === "SchedulingGated",
  );

function containersReason(pod: JsonRecord): string | undefined {
  const statuses = list(pod, "status", "containerStatuses");
  const reasons = statuses.map(containerReason).filter((reason) => reason !== undefined);
  const [first] = reasons;
  if (first !== "Completed") return first;
  const isRunning = statuses.some(isRunningAndReady);
  const isReady = conditions(pod).some(
    (condition) => text(condition, "type") === "Ready" && text(condition, "status") === "True",
  );
  if (isRunning && isReady) return "Running";
  const failed = statuses.find((status) => count(status, "state", "terminated", "exitCode") !== 0);
  return failed === undefined ? (isRunning ? "NotReady" : first) : containerReason(failed);
}

function containerReason(status: unknown): string | undefined {
  const waiting = text(status, "state", "waiting", "reason");
  if (waiting !== "") return waiting;
  const terminated = valueAt(status, "state", "terminated");
  if (terminated === undefined) return undefined;
  const signal = count(terminated, "signal");
  return (
    text(terminated, "reason") ||
    (signal === 0 ? `ExitCode:${count(terminated, "exitCode")}` : `Signal:${signal}`)
  );
}

/** "3 (20s ago)" */
function restarts(statuses: readonly unknown[], now: number): string {
  const sum = statuses.reduce<number>((total, status) => total + count(status, "restartCount"), 0);
  const last = statuses
    .map((status) => text(status, "lastState", "terminated", "finishedAt"))
    .toSorted()
    .at(-1);
  return sum === 0 || last === undefined || last === "" ? String(sum) : `${sum} (${since(last, now)} ago)`;
}

function readinessGates(pod: JsonRecord): string {
  const gates = list(pod, "spec", "readinessGates");
  if (gates.length === 0) return "<none>";
  const met = gates.filter((gate) =>
    conditions(pod).some(
      (condition) =>
        text(condition, "type") === text(gate, "conditionType") && text(condition, "status") === "True",
    ),
  );
  return `${met.length}/${gates.length}`;
}
