import type { Claim } from "#model/objects.ts";
import { type Caller, patientForPages } from "./caller.ts";
import { listAll } from "./list.ts";
import { joinClaims, projectClaimBinding, projectVolume } from "./project-claim.ts";

/**
 * Every claim, with what its volume demands of a node. Listed whether or not a pod uses any, so that
 * a right that is missing shows at the first plan and not when the first volume comes. @throws GatewayError
 */
export async function readClaims(caller: Caller, signal: AbortSignal | undefined): Promise<readonly Claim[]> {
  const patient = patientForPages(caller);
  const [claims, volumes] = await Promise.all([
    listAll(
      patient,
      { what: "list persistentvolumeclaims", path: "/api/v1/persistentvolumeclaims" },
      projectClaimBinding,
      signal,
    ),
    listAll(
      patient,
      { what: "list persistentvolumes", path: "/api/v1/persistentvolumes" },
      projectVolume,
      signal,
    ),
  ]);
  return joinClaims(claims.objects, new Map(volumes.objects.map((volume) => [volume.name, volume])));
}
