import type {
  ClusterPort,
  CordonRequest,
  EvictRequest,
  LiveSnapshot,
  PodsOnNode,
  UncordonRequest,
} from "#gateway/ports.ts";
import { GatewayError } from "#gateway/ports.ts";
import type { KubernetesRequest } from "#gateway/wire.ts";
import type { Access } from "#model/access.ts";
import type { ClusterIdentity, Node, Pod } from "#model/objects.ts";
import type { SnapshotStore } from "#model/snapshot-store.ts";
import { atMost } from "../at-most.ts";
import { type Caller, type Patience, USUAL_PATIENCE } from "./caller.ts";
import { classifyEviction, evictionRequest } from "./evict.ts";
import { ForeignShapeError, field, text } from "./foreign.ts";
import { listAll } from "./list.ts";
import { follow, listEverything } from "./live-snapshot.ts";
import { classifyNodeWrite, cordonPatch, uncordonPatch } from "./node-write.ts";
import { projectNode } from "./project-node.ts";
import { projectPod } from "./project-pod.ts";
import { send } from "./read.ts";
import { readClaims } from "./read-claims.ts";
import { newest } from "./versions.ts";
import { sendOnce } from "./write.ts";

export interface ClusterOptions extends Omit<Caller, "patience" | "inTurn"> {
  readonly patience?: Patience;
  /** The API server's address, for the identity. */
  readonly server: string;
  /** sha256 of the certificate authority in the kubeconfig; "" where the system's is used. */
  readonly caFingerprint: string;
}

const get = (path: string, query?: Readonly<Record<string, string>>): KubernetesRequest => ({
  method: "GET",
  path,
  ...(query ? { query } : {}),
});

/** undefined: not there. Without resourceVersion it is a quorum read. */
async function readObject<T>(
  caller: Caller,
  what: string,
  path: string,
  project: (raw: unknown) => T,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  const response = await send(caller, { what, request: get(path), expected: [404] }, signal);
  if (response.status === 404) return undefined;
  try {
    return project(response.body);
  } catch (error) {
    if (!(error instanceof ForeignShapeError)) throw error;
    throw new GatewayError("server-failed", `${what}: the server sent ${error.message}`);
  }
}

async function readIdentity(
  caller: Caller,
  options: ClusterOptions,
  signal: AbortSignal | undefined,
): Promise<ClusterIdentity> {
  const what = "get namespace kube-system";
  const namespace = await send(caller, { what, request: get("/api/v1/namespaces/kube-system") }, signal);
  const uid = text(field(namespace.body, "metadata", "uid"));
  if (uid === "") throw new GatewayError("server-failed", `${what}: the server sent no UID`);
  // Some servers keep their version to themselves.
  const version = await send(
    caller,
    { what: "get version", request: get("/version"), expected: [401, 403, 404] },
    signal,
  );
  return {
    uid,
    server: options.server,
    caFingerprint: options.caFingerprint,
    version: text(field(version.body, "gitVersion")),
  };
}

/**
 * The newest version among the pods, not the list's own: that one counts writes to every kind, and a
 * watch of pods would show it only with the next bookmark, a minute later.
 */
async function readPodsOnNode(
  caller: Caller,
  node: string,
  signal: AbortSignal | undefined,
): Promise<PodsOnNode> {
  const list = await listAll(
    caller,
    {
      what: `list pods of node ${node}`,
      path: "/api/v1/pods",
      query: { fieldSelector: `spec.nodeName=${node}` },
    },
    projectPod,
    signal,
  );
  const resourceVersion = list.objects.map((pod) => pod.resourceVersion).reduce(newest, "0");
  return { pods: list.objects, resourceVersion };
}

async function isAllowed(caller: Caller, access: Access, signal: AbortSignal | undefined): Promise<boolean> {
  const { verb, group, resource, subresource, namespace } = access;
  const resourceAttributes = { verb, group, resource, subresource, namespace };
  const response = await send(
    caller,
    {
      what: "create selfsubjectaccessreviews.authorization.k8s.io",
      // Changes nothing, so it may be repeated like a read.
      request: {
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        body: {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SelfSubjectAccessReview",
          spec: { resourceAttributes },
        },
      },
    },
    signal,
  );
  return field(response.body, "status", "allowed") === true;
}

function hasUnknownClaim(pod: Pod, store: SnapshotStore): boolean {
  return pod.claims.some((name) => !store.claim(pod.namespace, name));
}

async function readOnce(caller: Caller, signal: AbortSignal | undefined): Promise<SnapshotStore> {
  const [{ store }, claims] = await Promise.all([listEverything(caller, signal), readClaims(caller, signal)]);
  store.replaceClaims(claims);
  // A pod may be younger than the list of claims, which was read beside that of pods.
  if ([...store.pods()].some((pod) => hasUnknownClaim(pod, store))) {
    store.replaceClaims(await readClaims(caller, signal));
  }
  return store;
}

/**
 * Asked all at once, each question of a plan would open a connection of its own, which takes longer
 * than its answer; over a long way fewer would wait for one another.
 */
const READS_AT_ONCE = 6;

/** The cluster behind a wire. Keeps nothing between calls. */
export function createCluster(options: ClusterOptions): ClusterPort {
  const caller: Caller = { ...options, patience: options.patience ?? USUAL_PATIENCE };
  const queueing: Caller = { ...caller, inTurn: atMost(READS_AT_ONCE) };
  const namespaced = (namespace: string, name: string): string =>
    `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  const writeNode = async (request: KubernetesRequest, signal: AbortSignal | undefined) => {
    const answer = await sendOnce(caller, request, signal);
    return answer.kind === "silent"
      ? ({ kind: "unknown", message: answer.message } as const)
      : classifyNodeWrite(answer.response);
  };
  return {
    identity: (signal) => readIdentity(queueing, options, signal),
    readOnce: (signal) => readOnce(queueing, signal),
    follow: (signal): Promise<LiveSnapshot> => follow(caller, signal),
    readNode: (name, signal): Promise<Node | undefined> =>
      readObject(
        caller,
        `get node ${name}`,
        `/api/v1/nodes/${encodeURIComponent(name)}`,
        projectNode,
        signal,
      ),
    readPod: (namespace, name, signal): Promise<Pod | undefined> =>
      readObject(caller, `get pod ${namespace}/${name}`, namespaced(namespace, name), projectPod, signal),
    readPodsOnNode: (node, signal) => readPodsOnNode(caller, node, signal),
    cordon: (request: CordonRequest, signal) => writeNode(cordonPatch(request), signal),
    uncordon: (request: UncordonRequest, signal) => writeNode(uncordonPatch(request), signal),
    evict: async (request: EvictRequest, signal) => {
      const answer = await sendOnce(caller, evictionRequest(request), signal);
      return answer.kind === "silent"
        ? { kind: "unknown", retryAfterSeconds: 0, message: answer.message }
        : classifyEviction(answer.response);
    },
    isAllowed: (access, signal) => isAllowed(queueing, access, signal),
  };
}
