import { type JsonRecord, valueAt } from "#world/json.ts";
import { humanDuration, since } from "./human-duration.ts";
import { columns, count, createdAt, list, nameOf, type Printer, text } from "./printer.ts";
import { labelsText, selectorText } from "./selector-text.ts";

const replicas = (object: JsonRecord): number => count(object, "spec", "replicas");

/** Names and images of the template's containers. */
function containers(object: JsonRecord): readonly [string, string] {
  const all = list(object, "spec", "template", "spec", "containers");
  return [all.map((one) => text(one, "name")).join(","), all.map((one) => text(one, "image")).join(",")];
}

const selector = (object: JsonRecord): string => selectorText(valueAt(object, "spec", "selector"));

export const deploymentPrinter: Printer = {
  columns: columns("Name*", "Ready", "Up-to-date", "Available", "Age", "Containers+", "Images+", "Selector+"),
  cells: (object, now) => [
    nameOf(object),
    `${count(object, "status", "readyReplicas")}/${replicas(object)}`,
    count(object, "status", "updatedReplicas"),
    count(object, "status", "availableReplicas"),
    since(createdAt(object), now),
    ...containers(object),
    selector(object),
  ],
};

export const replicaSetPrinter: Printer = {
  columns: columns(
    "Name*",
    "Desired:integer",
    "Current:integer",
    "Ready:integer",
    "Age",
    "Containers+",
    "Images+",
    "Selector+",
  ),
  cells: (object, now) => [
    nameOf(object),
    replicas(object),
    count(object, "status", "replicas"),
    count(object, "status", "readyReplicas"),
    since(createdAt(object), now),
    ...containers(object),
    selector(object),
  ],
};

export const statefulSetPrinter: Printer = {
  columns: columns("Name*", "Ready", "Age", "Containers+", "Images+"),
  cells: (object, now) => [
    nameOf(object),
    `${count(object, "status", "readyReplicas")}/${replicas(object)}`,
    since(createdAt(object), now),
    ...containers(object),
  ],
};

export const daemonSetPrinter: Printer = {
  columns: columns(
    "Name*",
    "Desired:integer",
    "Current:integer",
    "Ready:integer",
    "Up-to-date:integer",
    "Available:integer",
    "Node Selector",
    "Age",
    "Containers+",
    "Images+",
    "Selector+",
  ),
  cells: (object, now) => [
    nameOf(object),
    count(object, "status", "desiredNumberScheduled"),
    count(object, "status", "currentNumberScheduled"),
    count(object, "status", "numberReady"),
    count(object, "status", "updatedNumberScheduled"),
    count(object, "status", "numberAvailable"),
    labelsText(valueAt(object, "spec", "template", "spec", "nodeSelector")),
    since(createdAt(object), now),
    ...containers(object),
    selector(object),
  ],
};

export const jobPrinter: Printer = {
  columns: columns(
    "Name*",
    "Status",
    "Completions",
    "Duration",
    "Age",
    "Containers+",
    "Images+",
    "Selector+",
  ),
  cells: (object, now) => [
    nameOf(object),
    jobStatus(object),
    completions(object),
    jobDuration(object, now),
    since(createdAt(object), now),
    ...containers(object),
    selector(object),
  ],
};

function jobStatus(job: JsonRecord): string {
  const holds = (type: string): boolean =>
    list(job, "status", "conditions").some(
      (condition) => text(condition, "type") === type && text(condition, "status") === "True",
    );
  if (holds("Complete")) return "Complete";
  if (holds("Failed")) return "Failed";
  if (text(job, "metadata", "deletionTimestamp") !== "") return "Terminating";
  return ["Suspended", "FailureTarget", "SuccessCriteriaMet"].find(holds) ?? "Running";
}

function completions(job: JsonRecord): string {
  const done = count(job, "status", "succeeded");
  const wanted = valueAt(job, "spec", "completions");
  if (typeof wanted === "number") return `${done}/${wanted}`;
  const parallelism = count(job, "spec", "parallelism");
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function jobDuration(job: JsonRecord, now: number): string {
  const start = text(job, "status", "startTime");
  if (start === "") return "";
  const end = text(job, "status", "completionTime");
  return humanDuration((end === "" ? now : Date.parse(end)) - Date.parse(start));
}

export const budgetPrinter: Printer = {
  columns: columns("Name*", "Min Available", "Max Unavailable", "Allowed Disruptions:integer", "Age"),
  cells: (object, now) => [
    nameOf(object),
    given(object, "minAvailable"),
    given(object, "maxUnavailable"),
    count(object, "status", "disruptionsAllowed"),
    since(createdAt(object), now),
  ],
};

const given = (budget: JsonRecord, field: string): string => String(valueAt(budget, "spec", field) ?? "N/A");

export const revisionPrinter: Printer = {
  columns: columns("Name*", "Controller", "Revision", "Age"),
  cells: (object, now) => [
    nameOf(object),
    controllerOf(object),
    count(object, "revision"),
    since(createdAt(object), now),
  ],
};

/** "statefulset.apps/db" */
function controllerOf(object: JsonRecord): string {
  const owner = list(object, "metadata", "ownerReferences").find(
    (reference) => valueAt(reference, "controller") === true,
  );
  if (owner === undefined) return "<none>";
  const [group = "", version] = text(owner, "apiVersion").split("/");
  const kind = text(owner, "kind").toLowerCase();
  return `${version === undefined ? kind : `${kind}.${group}`}/${text(owner, "name")}`;
}
