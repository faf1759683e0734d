import type { LoggedRequest, World } from "#world/world.ts";

/** What the embedded servers saw of a demo, counted by themselves and not by dextre. */
export interface ServerFacts {
  readonly evictions: number;
  readonly evictedTwice: number;
  readonly podDeletions: number;
  readonly terminations: number;
}

/** Counts from now on. */
export function watchServers(world: World): () => ServerFacts {
  const evicted = new Map<string, number>();
  let podDeletions = 0;
  let terminations = 0;
  world.onRequest((logged) => {
    const uid = evictedUid(logged);
    if (uid !== undefined) evicted.set(uid, (evicted.get(uid) ?? 0) + 1);
    if (isPodDeletion(logged)) podDeletions++;
    if (
      logged.answer.kind === "aws" &&
      logged.request.kind === "aws" &&
      logged.request.action === "TerminateInstanceInAutoScalingGroup"
    )
      terminations++;
  });
  return () => ({
    evictions: evicted.size,
    evictedTwice: [...evicted.values()].filter((times) => times > 1).length,
    podDeletions,
    terminations,
  });
}

/** The UID that an accepted eviction named. */
function evictedUid({ request, answer }: LoggedRequest): string | undefined {
  if (request.kind !== "kubernetes" || answer.kind !== "kubernetes" || answer.answer.status !== 201)
    return undefined;
  if (!request.request.path.endsWith("/eviction")) return undefined;
  const body = JSON.stringify(request.request.body ?? null);
  return /"uid":"([^"]+)"/.exec(body)?.[1] ?? body;
}

const isPodDeletion = ({ request }: LoggedRequest): boolean =>
  request.kind === "kubernetes" &&
  request.request.method === "DELETE" &&
  request.request.path.includes("/pods/");
