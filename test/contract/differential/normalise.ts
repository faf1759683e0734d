import { at, type Body } from "../api.ts";
import type { Seen } from "./apply-operation.ts";
import type { Names } from "./names.ts";
import type { LaneState } from "./read-lane.ts";

/*
 * What is not compared, and why. Everything else must be equal.
 */

/** Identity and time: each world has its own. */
const identityAndTime = new Set([
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "deletionTimestamp",
  "lastTransitionTime",
  "lastUpdateTime",
  "lastProbeTime",
  "lastHeartbeatTime",
  "startTime",
  "completionTime",
  "startedAt",
  "finishedAt",
  "disruptedPods",
  "timeAdded",
]);

/** Addresses, placement among nodes that may take the pod, and what a runtime tells of its images. */
const addresses = new Set([
  "hostIP",
  "hostIPs",
  "podIP",
  "podIPs",
  "nodeName",
  "imageID",
  "containerID",
  "addresses",
  "topology.kubernetes.io/zone",
  "nodeInfo",
]);

/** Who wrote which field: bookkeeping of server-side apply. */
const bookkeeping = new Set(["managedFields", "selfLink", "kubernetes.io/last-applied-configuration"]);

/** The hash of a template and what is named after it: a digest of the server's own memory layout. */
const hashes = new Set([
  "pod-template-hash",
  "controller-revision-hash",
  "controller-uid",
  "batch.kubernetes.io/controller-uid",
  "currentRevision",
  "updateRevision",
  "generateName",
]);

const ignored = new Set([...identityAndTime, ...addresses, ...bookkeeping, ...hashes]);

/** The service account's token, which the real server mounts into each pod: nobody here reads it. */
function isTokenVolume(value: unknown): boolean {
  const name = at(value, "name");
  return typeof name === "string" && name.startsWith("kube-api-access-");
}

/** Everything that is not compared is left out; generated names become words; keys are in order. */
export function normalise(value: unknown, names: Names): unknown {
  if (typeof value === "string") return normaliseText(value, names);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) {
    const items = value.filter((item) => !isTokenVolume(item)).map((item) => normalise(item, names));
    // conditions are a map by type
    const isMap = items.every(
      (item) => typeof at(item, "type") === "string" && at(item, "status") !== undefined,
    );
    return isMap ? items.toSorted(byType) : items;
  }
  const entries = Object.entries(value)
    .filter(([key]) => !ignored.has(key))
    .map(([key, member]) => [key, normalise(member, names)] as const)
    .filter(([, member]) => member !== undefined && !isEmpty(member));
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** [] and {} are what is left where everything in it is not compared. */
function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function byType(left: unknown, right: unknown): number {
  const [one, other] = [String(at(left, "type")), String(at(right, "type"))];
  return one < other ? -1 : one > other ? 1 : 0;
}

function byText(left: unknown, right: unknown): number {
  const [one, other] = [JSON.stringify(left), JSON.stringify(right)];
  return one < other ? -1 : one > other ? 1 : 0;
}

const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const version = /\b(record|precondition|current:) \(?\d+\)?/g;
/** An object within a message: each server has its own way of writing it down. */
const written = /Invalid value: "?\{.*\}"?: /g;
/** What is wrong with a token, in the words of its decoder. */
const undecoded = /(continue key is not valid): .*/;
const moment = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

function normaliseText(text: string, names: Names): string {
  let plain = text.replace(uid, "UID").replace(moment, "TIME").replace(version, "$1 VERSION");
  for (const [name, word] of names) plain = plain.replaceAll(name, word);
  plain = plain.replace(written, "Invalid value: OBJECT: ").replace(undecoded, "$1");
  // the real server shows both versions of the pod behind its sentence
  const [sentence = ""] = plain.split("\n");
  return scheduling(/pod updates may not change fields/.test(plain) ? sentence : plain);
}

/** How many nodes of other lanes there are, and what is wrong with them, is not this lane's. */
function scheduling(text: string): string {
  if (!/^\d+\/\d+ nodes are available/.test(text)) return text;
  const [reasons = ""] = text
    .replace(/^\d+\/\d+ nodes are available: /, "")
    .split(/\. (?:no new claims|preemption)/);
  const elsewhere = /didn't match Pod's node affinity\/selector|untolerated taint|were unschedulable/;
  const ours = reasons.split(", ").filter((reason) => !elsewhere.test(reason));
  return `nodes are not available: ${ours.toSorted().join(", ")}`;
}

/**
 * Whether the pods of a new ReplicaSet are progress hangs on a race: having made it, the controller writes the
 * Deployment's status twice from one copy, and so is refused the second time; by when it tries again, the
 * pods of the rollout before may or may not have been counted out. Source: deployment/sync.go, getNewReplicaSet.
 */
function deploymentOf(deployment: Body): unknown {
  const text = JSON.stringify(deployment);
  const begun = /"reason":"(?:NewReplicaSetCreated|ReplicaSetUpdated)"/g;
  const told = /Created new replica set (\\"[^"]*\\")|ReplicaSet (\\"[^"]*\\") is progressing\./g;
  return JSON.parse(text.replace(begun, '"reason":"begun"').replace(told, "begun"));
}

function projectionOf(plural: string, object: Body): unknown {
  if (plural === "deployments") return deploymentOf(object);
  if (plural === "nodes") return nodeOf(object);
  if (plural === "replicasets") return setOf(object);
  if (plural === "poddisruptionbudgets") return budgetOf(object);
  return object;
}

/** Whether a budget whose sync fails was once computed depends on a moment without pods. */
function budgetOf(budget: Body): unknown {
  const conditions = (at(budget.status, "conditions") ?? []) as readonly Readonly<Record<string, unknown>>[];
  if (conditions[0]?.reason !== "SyncFailed") return budget;
  const { observedGeneration: _observed, ...status } = budget.status as Readonly<Record<string, unknown>>;
  const plain = conditions.map(({ observedGeneration: _generation, ...condition }) => condition);
  return { ...budget, status: { ...status, conditions: plain } };
}

/** In how many steps a rollout scales a ReplicaSet depends on the order in which its pods get Ready. */
function setOf(set: Body): unknown {
  const { generation: _generation, ...metadata } = set.metadata;
  const { observedGeneration: _observed, ...status } = set.status as Readonly<Record<string, unknown>>;
  return { ...set, metadata, status };
}

/** The authority's certificate, which the real control plane publishes in each namespace, is not. */
function isOurs({ metadata }: Body): boolean {
  return metadata.name !== "kube-root-ca.crt";
}

/** A lane's state in comparable form: each kind's objects, in an order that does not depend on names. */
export function normaliseState(state: LaneState, names: Names): Readonly<Record<string, readonly unknown[]>> {
  const kinds = Object.entries(state).map(([plural, objects]) => {
    const plain = objects.filter(isOurs).map((object) => normalise(projectionOf(plural, object), names));
    return [plural, plain.toSorted(byText)] as const;
  });
  return Object.fromEntries(kinds);
}

/** Of nodes: what the lane did to them. What they are is for the contract suite. */
function nodeOf({ spec, metadata }: Body): unknown {
  const { unschedulable, taints } = spec ?? {};
  const labels = Object.entries(metadata.labels ?? {}).filter(([key]) => key.startsWith("example.io/"));
  return { unschedulable, taints, labels: Object.fromEntries(labels) };
}

/** Of evictions in a row: whether the controller has looked since the first is a matter of milliseconds. */
const spent = /needs \d+ healthy pods and has \d+ currently|does not allow evicting pods currently$/;

function ofMany(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (_, value) =>
    typeof value === "string" ? value.replace(spent, "is spent") : value,
  );
}

/** An answer in comparable form. Of objects that come back only that they do: the state tells the rest. */
export function normaliseAnswer({ body, causes, ...seen }: Seen, names: Names): unknown {
  const shape =
    body === undefined ? {} : { body: { kind: body.kind, spec: body.spec, items: body.items?.length } };
  const plain = (causes ?? []).map((cause) => normalise(seen.status === 0 ? ofMany(cause) : cause, names));
  return normalise({ ...seen, ...shape, causes: plain }, names);
}
