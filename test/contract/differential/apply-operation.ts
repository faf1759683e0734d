import type { KubernetesMethod } from "#gateway/wire.ts";
import { type Answer, type Body, collection, send } from "../api.ts";
import { podsOf } from "../workloads.ts";
import { type Lane, nodesOf } from "./lane.ts";
import { learn } from "./names.ts";
import type { EvictOptions, Operation, PatchType } from "./operation.ts";

/** What a client sees of an answer. */
export interface Seen {
  readonly status: number;
  readonly retryAfter?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly causes?: readonly unknown[];
  readonly retryAfterSeconds?: number;
  /** The object or list that came back. */
  readonly body?: Body;
}

const types: Readonly<Record<PatchType, string>> = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

const absent: Seen = { status: 0, reason: "there is no such pod or node in this lane" };
const wrongUid = "00000000-0000-0000-0000-000000000000";

/** Does one thing. Settling is not done here. */
export async function applyOperation(lane: Lane, operation: Operation): Promise<Seen> {
  switch (operation.kind) {
    case "settle":
      return { status: 0 };
    case "create":
      return call(lane, "POST", collection(lane, operation.plural), operation.body);
    case "patch": {
      const path = `${collection(lane, operation.plural)}/${operation.name}`;
      const contentType = types[operation.type ?? "merge"];
      const query = operation.query === undefined ? {} : { query: operation.query };
      return seen(await send(lane.subject, "PATCH", path, operation.patch, { contentType, ...query }));
    }
    case "replace":
      return replace(lane, operation);
    case "delete":
      return call(
        lane,
        "DELETE",
        `${collection(lane, operation.plural)}/${operation.name}`,
        operation.options,
      );
    case "read": {
      const path =
        collection(lane, operation.plural) + (operation.name === undefined ? "" : `/${operation.name}`);
      const query = operation.query === undefined ? {} : { query: operation.query };
      return seen(await send(lane.subject, "GET", path, undefined, query));
    }
    case "evict":
    case "deletePod":
    case "patchPod":
      return onPod(lane, operation);
    case "patchNode":
    case "terminate":
      return onNode(lane, operation);
  }
}

async function call(lane: Lane, method: KubernetesMethod, path: string, body?: unknown): Promise<Seen> {
  return seen(await send(lane.subject, method, path, body));
}

function seen({ status, retryAfter, body }: Answer): Seen {
  const isFailure = body.kind === "Status";
  return {
    status,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(isFailure && body.reason !== undefined ? { reason: body.reason } : {}),
    ...(isFailure && body.message !== undefined ? { message: body.message } : {}),
    ...(body.details?.causes === undefined ? {} : { causes: body.details.causes }),
    ...(body.details?.retryAfterSeconds === undefined
      ? {}
      : { retryAfterSeconds: body.details.retryAfterSeconds }),
    ...(isFailure ? {} : { body }),
  };
}

/**
 * A PUT of what was read, changed at the top level of its spec or metadata. Where a controller wrote in
 * between it is read anew.
 */
async function replace(
  lane: Lane,
  { plural, name, change }: Extract<Operation, { readonly kind: "replace" }>,
): Promise<Seen> {
  const path = `${collection(lane, plural)}/${name}`;
  const changes = change as Readonly<Record<string, object>>;
  for (let left = 5; ; left--) {
    const found = await send(lane.subject, "GET", path);
    if (found.status !== 200) return seen(found);
    const next: Record<string, unknown> = { ...found.body };
    for (const [key, value] of Object.entries(changes)) next[key] = { ...(next[key] as object), ...value };
    const answer = await call(lane, "PUT", path, next);
    if (answer.status !== 409 || JSON.stringify(change).includes("resourceVersion") || left === 0)
      return answer;
  }
}

/** The pods of an app that are not on their way out, in an order that both worlds have: by zone of node, then name. */
export async function standingPods(lane: Lane, app: string): Promise<readonly Body[]> {
  const nodes = (await nodesOf(lane)).map(({ metadata }) => metadata.name);
  // a StatefulSet's are told apart by their names, the others by nothing
  const isNamed = (pod: Body): boolean => pod.metadata.ownerReferences?.[0]?.kind === "StatefulSet";
  const place = (pod: Body): number => (isNamed(pod) ? 0 : nodes.indexOf(String(pod.spec?.nodeName)));
  const pods = (await podsOf(lane, app)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return pods.toSorted(
    (left, right) => place(left) - place(right) || (left.metadata.name < right.metadata.name ? -1 : 1),
  );
}

async function onPod(
  lane: Lane,
  operation: Extract<Operation, { readonly kind: "evict" | "deletePod" | "patchPod" }>,
): Promise<Seen> {
  const pods = await standingPods(lane, operation.app);
  for (const pod of pods) learn(lane, pod);
  const first = pods.length === 0 ? 0 : operation.pod % pods.length;
  const pod = pods[first];
  if (pod === undefined) return absent;
  const { name } = pod.metadata;
  const path = `${collection(lane, "pods")}/${name}`;
  switch (operation.kind) {
    case "deletePod":
      return call(lane, "DELETE", path, operation.options);
    case "patchPod":
      return seen(
        await send(lane.subject, "PATCH", path, operation.patch, {
          contentType: types[operation.type ?? "merge"],
        }),
      );
    case "evict": {
      const answers: Seen[] = [];
      for (const victim of pods.slice(first, first + operation.count)) {
        answers.push(await evictOne(lane, victim, operation.options ?? {}));
      }
      return answers.length === 1 ? (answers[0] ?? absent) : { status: 0, causes: answers };
    }
  }
}

function evictOne(lane: Lane, { metadata: { name, uid } }: Body, options: EvictOptions): Promise<Seen> {
  const { uid: wanted, isDryRun = false, gracePeriodSeconds } = options;
  const deleteOptions = {
    ...(wanted === undefined ? {} : { preconditions: { uid: wanted === "right" ? uid : wrongUid } }),
    ...(isDryRun ? { dryRun: ["All"] } : {}),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
  };
  const metadata = { name, namespace: lane.namespace };
  const body = { apiVersion: "policy/v1", kind: "Eviction", metadata, deleteOptions };
  return call(lane, "POST", `${collection(lane, "pods")}/${name}/eviction`, body);
}

async function onNode(
  lane: Lane,
  operation: Extract<Operation, { readonly kind: "patchNode" | "terminate" }>,
): Promise<Seen> {
  const node = (await nodesOf(lane))[operation.node];
  if (node === undefined) return absent;
  if (operation.kind === "patchNode") {
    return call(lane, "PATCH", `/api/v1/nodes/${node.metadata.name}`, operation.patch);
  }
  const InstanceId = String(node.spec?.providerID).split("/").at(-1) ?? "";
  const input = { InstanceId, ShouldDecrementDesiredCapacity: false };
  await lane.subject.aws.call("TerminateInstanceInAutoScalingGroup", input);
  lane.ended.add(node.metadata.uid);
  return { status: 200 };
}
