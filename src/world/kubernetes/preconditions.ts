import type { KindInfo } from "./kinds.ts";
import type { Resource } from "./object-types.ts";
import { failedPrecondition, type ServerAnswer } from "./status.ts";

/** Which object a deletion or eviction means; undefined: whichever is there. */
export interface Preconditions {
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

/** The 409 where another object is there than the one that is meant. Source: storage Preconditions.Check. */
export function refusePreconditions(
  info: KindInfo,
  { metadata }: Resource,
  { uid, resourceVersion }: Preconditions,
): ServerAnswer | undefined {
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    return failedPrecondition(info, metadata.name, why);
  }
  if (resourceVersion === undefined || resourceVersion === metadata.resourceVersion) return undefined;
  const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
  return failedPrecondition(info, metadata.name, why);
}
