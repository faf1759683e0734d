import type { Pod } from "#world/kubernetes/types.ts";
import type { LoggedRequest, World } from "#world/world.ts";

/** A rule that the servers saw broken, in one sentence. */
export type Violation = string;

interface EvictionBody {
  readonly deleteOptions?: {
    readonly gracePeriodSeconds?: number;
    readonly preconditions?: { readonly uid?: string };
  };
}

/**
 * Judges what dextre does by the servers' own truth at the moment of each request. It knows none of
 * dextre's rules: only what must never happen.
 */
export class ServersLog {
  readonly violations: Violation[] = [];
  readonly evicted = new Map<string, number>();
  readonly terminated = new Map<string, number>();
  readonly #world: World;
  readonly #journal: () => string;
  readonly #terminating = new Set<string>();
  #turned: string[] = [];

  /** journal: what is durable now. */
  constructor(world: World, journal: () => string) {
    this.#world = world;
    this.#journal = journal;
    world.onChange((change) => {
      if (change.plural !== "pods") return;
      const pod = change.object as Pod;
      if (pod.metadata.deletionTimestamp === undefined || this.#terminating.has(pod.metadata.uid)) return;
      this.#terminating.add(pod.metadata.uid);
      this.#turned.push(pod.metadata.uid);
    });
    world.onRequest((logged) => this.#judge(logged));
  }

  #judge(logged: LoggedRequest): void {
    const turned = this.#turned;
    this.#turned = [];
    if (!logged.client.startsWith("dextre")) return;
    const { request } = logged;
    if (request.kind === "aws") {
      if (request.action === "TerminateInstanceInAutoScalingGroup") this.#judgeTerminate(logged);
      return;
    }
    const { method, path } = request.request;
    if (method === "DELETE") this.#report(`DELETE ${path}`);
    if (method === "POST" && path.endsWith("/eviction")) this.#judgeEviction(logged, turned);
    if (method === "PATCH" && path.startsWith("/api/v1/nodes/")) this.#judgeNodePatch(logged);
  }

  #judgeEviction(logged: LoggedRequest, turned: readonly string[]): void {
    if (logged.request.kind !== "kubernetes" || logged.answer.kind !== "kubernetes") return;
    const body = logged.request.request.body as EvictionBody;
    const uid = body.deleteOptions?.preconditions?.uid;
    const { path } = logged.request.request;
    if (uid === undefined) {
      this.#report(`eviction without a UID: ${path}`);
      return;
    }
    if (body.deleteOptions?.gracePeriodSeconds !== undefined)
      this.#report(`eviction with a grace period: ${path}`);
    if (!this.#journal().includes(`"podUid":"${uid}"`))
      this.#report(`eviction without a durable intent: ${path}`);
    if (logged.answer.answer.status !== 201 || !turned.includes(uid)) return;
    this.evicted.set(uid, (this.evicted.get(uid) ?? 0) + 1);
    if ((this.evicted.get(uid) ?? 0) > 1) this.#report(`evicted twice: ${path}`);
    this.#judgeBudgets(path);
    this.#judgeFloor(uid, path);
  }

  /** After each eviction every budget still has the healthy pods that it wants. */
  #judgeBudgets(path: string): void {
    for (const budget of this.#world.list("poddisruptionbudgets")) {
      const labels = budget.spec.selector?.matchLabels ?? {};
      const healthy = this.#world
        .list("pods")
        .filter(
          (pod) =>
            pod.metadata.namespace === budget.metadata.namespace && hasLabels(pod, labels) && isServing(pod),
        );
      const floor = budget.status?.desiredHealthy ?? 0;
      if (healthy.length < floor)
        this.#report(`${path}: budget ${budget.metadata.name} has ${healthy.length} of ${floor}`);
    }
  }

  /** A workload of two replicas or more keeps one pod that serves, budget or not. */
  #judgeFloor(uid: string, path: string): void {
    const victim = this.#world.list("pods").find((pod) => pod.metadata.uid === uid);
    const app = victim?.metadata.labels?.app;
    if (!victim || app === undefined || victim.metadata.ownerReferences?.[0]?.kind === "Job") return;
    const same = this.#world
      .list("pods")
      .filter(
        (pod) => pod.metadata.namespace === victim.metadata.namespace && pod.metadata.labels?.app === app,
      );
    const wanted = same.length;
    if (wanted > 2 && !same.some(isServing)) this.#report(`${path}: nothing of ${app} serves any more`);
  }

  #judgeTerminate(logged: LoggedRequest): void {
    if (logged.request.kind !== "aws") return;
    const input = logged.request.input as {
      readonly InstanceId: string;
      readonly ShouldDecrementDesiredCapacity: boolean;
    };
    const id = input.InstanceId;
    if (input.ShouldDecrementDesiredCapacity) this.#report(`terminate of ${id} with decrement`);
    if (!this.#journal().includes(`"instanceId":"${id}"`))
      this.#report(`terminate of ${id} without a durable intent`);
    if (logged.answer.kind !== "aws") return;
    this.terminated.set(id, (this.terminated.get(id) ?? 0) + 1);
    if ((this.terminated.get(id) ?? 0) > 1) this.#report(`terminated twice: ${id}`);
    const node = this.#world.list("nodes").find((one) => one.spec.providerID?.endsWith(`/${id}`));
    const left = this.#world
      .list("pods")
      .filter((pod) => pod.spec.nodeName === node?.metadata.name && isEvictable(pod));
    if (node && left.length > 0)
      this.#report(`terminate of ${id} while ${left.map((pod) => pod.metadata.name)} are on it`);
  }

  #judgeNodePatch(logged: LoggedRequest): void {
    if (logged.request.kind !== "kubernetes") return;
    const body = logged.request.request.body as { readonly metadata?: { readonly uid?: string } };
    const uid = body.metadata?.uid;
    if (uid === undefined) this.#report(`node patch without a UID: ${logged.request.request.path}`);
    else if (!this.#journal().includes(`"nodeUid":"${uid}"`))
      this.#report(`node patch without a durable intent: ${uid}`);
  }

  #report(violation: Violation): void {
    this.violations.push(`${new Date(this.#world.now).toISOString()} ${violation}`);
  }
}

function hasLabels(pod: Pod, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value);
}

/** Ready and not terminating. */
function isServing(pod: Pod): boolean {
  const ready = pod.status?.conditions?.some((one) => one.type === "Ready" && one.status === "True") ?? false;
  return ready && pod.metadata.deletionTimestamp === undefined;
}

function isEvictable(pod: Pod): boolean {
  if (pod.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined) return false;
  if (pod.metadata.ownerReferences?.some((owner) => owner.kind === "DaemonSet")) return false;
  return pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed";
}
