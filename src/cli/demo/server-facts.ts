import type { LoggedRequest, World } from "#world/world.ts";

/** What the embedded servers saw of a demo, counted by themselves and not by dextre. */
export interface ServerFacts {
  readonly evictions: number;
  readonly evictedTwice: number;
  readonly podDeletions: number;
  readonly terminations: number;
  readonly terminatedTwice: number;
  /** Instances that were launched meanwhile and are in service. */
  readonly replacements: number;
}

/** Counts from now on. */
export function watchServers(world: World): () => ServerFacts {
  const evicted = new Map<string, number>();
  const terminated = new Map<string, number>();
  const known = new Set(world.fleet.instances.keys());
  let podDeletions = 0;
  world.onRequest((logged) => {
    countUp(evicted, grantedEviction(logged)?.uid);
    countUp(terminated, terminatedInstance(logged));
    if (isPodDeletion(logged)) podDeletions++;
  });
  return () => ({
    evictions: evicted.size,
    evictedTwice: countRepeated(evicted),
    podDeletions,
    terminations: terminated.size,
    terminatedTwice: countRepeated(terminated),
    replacements: [...world.fleet.instances.values()].filter(
      ({ id, lifecycle }) => !known.has(id) && lifecycle === "InService",
    ).length,
  });
}

export interface GrantedEviction {
  /** "default/web-1" */
  readonly pod: string;
  /** That the request named; the pod's name where it named none. */
  readonly uid: string;
}

/** An eviction that the API server has accepted; undefined for everything else. */
export function grantedEviction({ request, answer }: LoggedRequest): GrantedEviction | undefined {
  if (request.kind !== "kubernetes" || answer.kind !== "kubernetes" || answer.answer.status !== 201)
    return undefined;
  const [, namespace, name] =
    /\/namespaces\/([^/]+)\/pods\/([^/]+)\/eviction$/.exec(request.request.path) ?? [];
  if (name === undefined) return undefined;
  const pod = `${namespace}/${name}`;
  const [, uid = pod] = /"uid":"([^"]+)"/.exec(JSON.stringify(request.request.body ?? null)) ?? [];
  return { pod, uid };
}

function terminatedInstance({ request, answer }: LoggedRequest): string | undefined {
  if (request.kind !== "aws" || answer.kind !== "aws") return undefined;
  if (request.action !== "TerminateInstanceInAutoScalingGroup") return undefined;
  return "InstanceId" in request.input ? String(request.input.InstanceId) : undefined;
}

const isPodDeletion = ({ request }: LoggedRequest): boolean =>
  request.kind === "kubernetes" &&
  request.request.method === "DELETE" &&
  request.request.path.includes("/pods/");

function countUp(counts: Map<string, number>, key: string | undefined): void {
  if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
}

const countRepeated = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].filter((times) => times > 1).length;
