import type { KubernetesRequest } from "#gateway/wire.ts";
import type { ServerAnswer } from "#world/kubernetes/status.ts";
import type { Wanted } from "./accept.ts";
import { discover } from "./discovery/discovery.ts";
import { describeOpenApi } from "./openapi/openapi.ts";

/** What the server says of itself: discovery and OpenAPI. undefined: the request is not about that. */
export function describeServer(
  { method, path }: KubernetesRequest,
  wanted: Wanted,
): ServerAnswer | undefined {
  if (method !== "GET") return undefined;
  return discover(path, wanted) ?? describeOpenApi(path);
}
