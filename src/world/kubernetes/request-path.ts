import { findKind, type KindInfo } from "./kinds.ts";
import type { ReviewKind } from "./reviews.ts";

/** What a path means. */
export type Route =
  | { readonly kind: "version" }
  | { readonly kind: "health" }
  | { readonly kind: "review"; readonly review: ReviewKind }
  | { readonly kind: "collection"; readonly info: KindInfo; readonly namespace: string | undefined }
  | {
      readonly kind: "object";
      readonly info: KindInfo;
      readonly namespace: string | undefined;
      readonly name: string;
      readonly subresource: string | undefined;
    }
  | { readonly kind: "unknown" };

const unknown: Route = { kind: "unknown" };

/**
 * "/apis/apps/v1/" → apis, apps, v1; none where two slashes stand side by side: nothing is served there.
 * @throws URIError for an escape that is none
 */
export function segmentsOf(path: string): readonly string[] {
  const segments = path.replace(/^\//, "").replace(/\/$/, "").split("/");
  return segments.includes("") ? [] : segments.map(decodeURIComponent);
}

export function parsePath(path: string): Route {
  const segments = segmentsOf(path);
  if (segments[0] === "version" && segments.length === 1) return { kind: "version" };
  if (segments.length === 1 && ["readyz", "livez", "healthz"].includes(segments[0] ?? "")) {
    return { kind: "health" };
  }
  if (segments[0] === "api") return parseResource("", segments[1] ?? "", segments.slice(2));
  if (segments[0] === "apis") return parseResource(segments[1] ?? "", segments[2] ?? "", segments.slice(3));
  return unknown;
}

const reviews: Readonly<Record<string, ReviewKind>> = {
  "authorization.k8s.io/selfsubjectaccessreviews": "SelfSubjectAccessReview",
  "authorization.k8s.io/selfsubjectrulesreviews": "SelfSubjectRulesReview",
  "authentication.k8s.io/selfsubjectreviews": "SelfSubjectReview",
};

function parseResource(group: string, version: string, rest: readonly string[]): Route {
  const review = version === "v1" && rest.length === 1 ? reviews[`${group}/${rest[0]}`] : undefined;
  if (review !== undefined) return { kind: "review", review };
  const [first, second, third, ...tail] = rest;
  const isScoped = first === "namespaces" && second !== undefined && third !== undefined;
  const info =
    isScoped && third !== "status" && third !== "finalize" ? findKind(group, version, third) : undefined;
  if (isScoped && info !== undefined) return locate(info, second, tail);
  // not a subresource of the namespace: a kind that is not served
  if (isScoped && third !== "status" && third !== "finalize") return unknown;
  const top = findKind(group, version, first ?? "");
  return top === undefined ? unknown : locate(top, undefined, rest.slice(1));
}

function locate(info: KindInfo, namespace: string | undefined, rest: readonly string[]): Route {
  const [name, subresource, ...more] = rest;
  if (more.length > 0 || (namespace !== undefined && !info.isNamespaced)) return unknown;
  if (name === undefined) return { kind: "collection", info, namespace };
  if (info.isNamespaced && namespace === undefined) return unknown;
  return { kind: "object", info, namespace, name, subresource };
}
