import { type JsonRecord, valueAt } from "#world/json.ts";
import { humanDuration } from "./human-duration.ts";
import { between, count, list, type Telling, text } from "./printer.ts";
import { labelsText, selectorText } from "./selector-text.ts";

const replicas = (object: JsonRecord): number => count(object, "spec", "replicas");

/** Names and images of the template's containers. */
function containers(object: JsonRecord): readonly [string, string] {
  const all = list(object, "spec", "template", "spec", "containers");
  return [all.map((one) => text(one, "name")).join(","), all.map((one) => text(one, "image")).join(",")];
}

const template: Telling = { names: ["Containers+", "Images+"], tell: containers };
const selectorAndTemplate: Telling = {
  names: [...template.names, "Selector+"],
  tell: (object) => [...containers(object), selectorText(valueAt(object, "spec", "selector"))],
};

const readyOfAll = (object: JsonRecord): string =>
  `${count(object, "status", "readyReplicas")}/${replicas(object)}`;

export const deploymentPrinter = between(
  ["Ready", "Up-to-date", "Available"],
  (object) => [
    readyOfAll(object),
    count(object, "status", "updatedReplicas"),
    count(object, "status", "availableReplicas"),
  ],
  selectorAndTemplate,
);

export const replicaSetPrinter = between(
  ["Desired:integer", "Current:integer", "Ready:integer"],
  (object) => [
    replicas(object),
    count(object, "status", "replicas"),
    count(object, "status", "readyReplicas"),
  ],
  selectorAndTemplate,
);

export const statefulSetPrinter = between(["Ready"], (object) => [readyOfAll(object)], template);

export const daemonSetPrinter = between(
  [
    "Desired:integer",
    "Current:integer",
    "Ready:integer",
    "Up-to-date:integer",
    "Available:integer",
    "Node Selector",
  ],
  (object) => [
    count(object, "status", "desiredNumberScheduled"),
    count(object, "status", "currentNumberScheduled"),
    count(object, "status", "numberReady"),
    count(object, "status", "updatedNumberScheduled"),
    count(object, "status", "numberAvailable"),
    labelsText(valueAt(object, "spec", "template", "spec", "nodeSelector")),
  ],
  selectorAndTemplate,
);

export const jobPrinter = between(
  ["Status", "Completions", "Duration"],
  (object, now) => [jobStatus(object), completions(object), jobDuration(object, now)],
  selectorAndTemplate,
);

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

export const budgetPrinter = between(
  ["Min Available", "Max Unavailable", "Allowed Disruptions:integer"],
  (object) => [
    given(object, "minAvailable"),
    given(object, "maxUnavailable"),
    count(object, "status", "disruptionsAllowed"),
  ],
);

const given = (budget: JsonRecord, field: string): string => String(valueAt(budget, "spec", field) ?? "N/A");

export const revisionPrinter = between(["Controller", "Revision"], (object) => [
  controllerOf(object),
  count(object, "revision"),
]);

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
