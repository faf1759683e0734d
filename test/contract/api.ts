import { expect } from "vitest";
import type { Json, KubernetesMethod, KubernetesRequest } from "#gateway/wire.ts";
import type { Namespaced, Subject } from "./subject.ts";

/** Any answer's body: a Status, an object or a list, as far as the cases look. */
export interface Body {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata: Meta;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
  readonly reason?: string;
  readonly message?: string;
  readonly code?: number;
  readonly details?: { readonly causes?: readonly Cause[]; readonly retryAfterSeconds?: number };
  readonly items?: readonly Body[];
}

export interface Cause {
  readonly reason?: string;
  readonly field?: string;
  readonly message?: string;
}

export interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly continue?: string;
  readonly remainingItemCount?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly uid: string; readonly kind: string }[];
}

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** How long the server took, in its own ms. */
  readonly tookMs: number;
  readonly body: Body;
}

type More = Pick<KubernetesRequest, "query" | "contentType">;

/** One request on the subject's wire. */
export async function send(
  { kubernetes, clock }: Subject,
  method: KubernetesMethod,
  path: string,
  body?: unknown,
  more: More = {},
): Promise<Answer> {
  const from = clock.monotonic();
  const content = body === undefined ? {} : { body: body as Json };
  const contentType = method === "PATCH" ? { contentType: "application/merge-patch+json" } : {};
  const answer = await kubernetes.request({ method, path, ...contentType, ...more, ...content });
  return {
    status: answer.status,
    retryAfter: answer.headers["retry-after"],
    tookMs: clock.monotonic() - from,
    body: answer.body as Body,
  };
}

/** As `send`. @throws Error where the answer is no success */
export async function mustSend(
  subject: Subject,
  method: KubernetesMethod,
  path: string,
  body?: unknown,
  more: More = {},
): Promise<Body> {
  const answer = await send(subject, method, path, body, more);
  if (answer.status < 300) return answer.body;
  throw new Error(`${method} ${path}: HTTP ${answer.status} ${JSON.stringify(answer.body)}`);
}

export const jsonPatch = { contentType: "application/json-patch+json" } as const;
export const strategicPatch = { contentType: "application/strategic-merge-patch+json" } as const;

/** The path of a kind's collection in the case's namespace. */
export function collection({ namespace }: Pick<Namespaced, "namespace">, plural: string): string {
  const group = groups[plural] ?? "/api/v1";
  return `${group}/namespaces/${namespace}/${plural}`;
}

const groups: Readonly<Record<string, string>> = {
  deployments: "/apis/apps/v1",
  replicasets: "/apis/apps/v1",
  statefulsets: "/apis/apps/v1",
  controllerrevisions: "/apis/apps/v1",
  daemonsets: "/apis/apps/v1",
  jobs: "/apis/batch/v1",
  poddisruptionbudgets: "/apis/policy/v1",
  leases: "/apis/coordination.k8s.io/v1",
  roles: "/apis/rbac.authorization.k8s.io/v1",
  rolebindings: "/apis/rbac.authorization.k8s.io/v1",
};

/** The objects of a kind in the case's namespace. */
export async function list(
  cluster: Namespaced,
  plural: string,
  query: Readonly<Record<string, string>> = {},
): Promise<readonly Body[]> {
  const body = await mustSend(cluster.subject, "GET", collection(cluster, plural), undefined, { query });
  return body.items ?? [];
}

export async function create(cluster: Namespaced, plural: string, body: unknown): Promise<Body> {
  return mustSend(cluster.subject, "POST", collection(cluster, plural), body);
}

export async function get(cluster: Namespaced, plural: string, name: string): Promise<Body> {
  return mustSend(cluster.subject, "GET", `${collection(cluster, plural)}/${name}`);
}

/**
 * Looks until `look` gives something. @throws Error after so many seconds of the subject's time, with the
 * last error where the look itself failed
 */
export async function until<T>(
  { clock, patience }: Subject,
  what: string,
  look: () => Promise<T | undefined>,
  seconds = 60,
): Promise<T> {
  const from = clock.monotonic();
  const deadline = from + seconds * 1000 * patience;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (clock.monotonic() > deadline) throw new Error(`waited ${seconds} s for ${what} in vain`);
    // long waits are looked at less often
    await clock.sleep(clock.monotonic() - from < 4000 ? 100 : 500);
  }
}

/** The time was at most so long, where the subject can be held to it. */
export function expectAtMost({ isPunctual }: Subject, tookMs: number, limitMs: number): void {
  if (isPunctual) expect(tookMs).toBeLessThan(limitMs);
}

/** A member deep in a body; undefined where there is none. */
export function at(value: unknown, ...keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>(
    (found, key) =>
      found === null || found === undefined ? undefined : (found as Record<string, unknown>)[key],
    value,
  );
}

export function names(bodies: readonly Body[]): readonly string[] {
  return bodies.map(({ metadata }) => metadata.name);
}

/** A condition's status: "True", "False", "Unknown"; undefined where there is none. */
export function conditionOf(body: Body, type: string): Readonly<Record<string, string>> | undefined {
  const conditions = (at(body, "status", "conditions") ?? []) as readonly Readonly<Record<string, string>>[];
  return conditions.find((condition) => condition.type === type);
}

export function isReady(body: Body): boolean {
  return conditionOf(body, "Ready")?.status === "True" && body.metadata.deletionTimestamp === undefined;
}
