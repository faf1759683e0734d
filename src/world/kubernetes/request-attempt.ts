import type { KubernetesRequest } from "#gateway/wire.ts";
import { nameInFieldSelector } from "./field-selector.ts";
import type { Attempt, PathAttempt } from "./rbac-rules.ts";
import { type Route, segmentsOf } from "./request-path.ts";

type Asked = Pick<KubernetesRequest, "method" | "path" | "query">;

/** What a request wants to do, in the authorizer's words. Source: apiserver endpoints/request RequestInfo. */
export function attemptOf(route: Route, request: Asked): Attempt | PathAttempt {
  switch (route.kind) {
    case "object":
    case "collection":
      return attemptOn(route, request);
    case "review":
    case "unknown":
      return attemptOnPath(request);
    case "version":
    case "health":
      return { verb: request.method.toLowerCase(), path: request.path };
  }
}

type ResourceRoute = Extract<Route, { readonly kind: "object" | "collection" }>;

function attemptOn(route: ResourceRoute, { method, query }: Asked): Attempt {
  const isObject = route.kind === "object";
  return {
    verb: verbOf(method, isObject),
    group: route.info.group,
    resource: route.info.plural,
    subresource: isObject ? (route.subresource ?? "") : "",
    namespace: route.namespace ?? (route.info.plural === "namespaces" && isObject ? route.name : ""),
    name: isObject ? route.name : (nameInFieldSelector(query?.fieldSelector) ?? ""),
  };
}

function verbOf(method: KubernetesRequest["method"], isObject: boolean): string {
  const verbs = {
    GET: isObject ? "get" : "list",
    POST: "create",
    PUT: "update",
    PATCH: "patch",
    DELETE: isObject ? "delete" : "deletecollection",
  };
  return verbs[method];
}

/** A resource that nobody here knows is one for the authorizer all the same. */
function attemptOnPath({ method, path }: Asked): Attempt | PathAttempt {
  const [root, ...rest] = segmentsOf(path);
  const group = root === "apis" ? rest[0] : root === "api" ? "" : undefined;
  const inGroup = rest.slice(root === "apis" ? 2 : 1);
  if (group === undefined || inGroup.length === 0) return { verb: method.toLowerCase(), path };
  const isNamespaced = inGroup[0] === "namespaces" && inGroup.length > 2;
  const [resource = "", name, subresource = ""] = isNamespaced ? inGroup.slice(2) : inGroup;
  return {
    verb: verbOf(method, name !== undefined),
    group,
    resource,
    subresource,
    namespace: isNamespaced ? (inGroup[1] ?? "") : "",
    name: name ?? "",
  };
}
