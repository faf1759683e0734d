import type { Claim } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { type Caller, patientForPages } from "./caller.ts";
import { listAll } from "./list.ts";
import { joinClaims, projectClaimBinding, projectVolume } from "./project-claim.ts";

/**
 * The claims that pods of the snapshot use, with what their volumes demand of a node. No call is
 * made where no pod uses any. @throws GatewayError
 */
export async function readClaims(
  caller: Caller,
  snapshot: Snapshot,
  signal: AbortSignal | undefined,
): Promise<readonly Claim[]> {
  const used = new Set<string>();
  for (const pod of snapshot.pods()) for (const claim of pod.claims) used.add(`${pod.namespace}/${claim}`);
  if (used.size === 0) return [];
  const patient = patientForPages(caller);
  const claims = await listAll(
    patient,
    { what: "list persistentvolumeclaims", path: "/api/v1/persistentvolumeclaims" },
    projectClaimBinding,
    signal,
  );
  const volumes = await listAll(
    patient,
    { what: "list persistentvolumes", path: "/api/v1/persistentvolumes" },
    projectVolume,
    signal,
  );
  const byName = new Map(volumes.objects.map((volume) => [volume.name, volume]));
  return joinClaims(
    claims.objects.filter((claim) => used.has(`${claim.namespace}/${claim.name}`)),
    byName,
  );
}
