import type { KubernetesRequest } from "#gateway/wire.ts";
import type { ServerAnswer } from "#world/kubernetes/status.ts";
import type { Wanted } from "./accept.ts";

/** What the server says of itself: discovery and OpenAPI. undefined: the request is not about that. */
export function describeServer(_request: KubernetesRequest, _wanted: Wanted): ServerAnswer | undefined {
  return undefined;
}
