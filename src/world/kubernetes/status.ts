import type { KubernetesResponse } from "#gateway/wire.ts";
import type { KindInfo } from "./kinds.ts";

/** What handling a request gives. The server works on it for `delayMs` before it answers. */
export interface ServerAnswer extends KubernetesResponse {
  readonly delayMs?: number;
}

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

const jsonHeaders: Readonly<Record<string, string>> = { "content-type": "application/json" };

export function ok(body: unknown, status = 200): ServerAnswer {
  return { status, headers: jsonHeaders, body };
}

/** A metav1.Status failure. */
export function failure(
  status: number,
  reason: string | undefined,
  message: string,
  details?: StatusDetails,
): ServerAnswer {
  const retryAfter = details?.retryAfterSeconds;
  return {
    status,
    headers: retryAfter === undefined ? jsonHeaders : { ...jsonHeaders, "retry-after": String(retryAfter) },
    body: statusBody(status, reason, message, details),
  };
}

export function statusBody(
  code: number,
  reason: string | undefined,
  message: string,
  details?: StatusDetails,
): Readonly<Record<string, unknown>> {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
}

function about(info: KindInfo, name: string): StatusDetails {
  return { name, ...(info.group === "" ? {} : { group: info.group }), kind: info.plural };
}

function qualified(info: KindInfo): string {
  return info.group === "" ? info.plural : `${info.plural}.${info.group}`;
}

export function notFound(info: KindInfo, name: string): ServerAnswer {
  return failure(404, "NotFound", `${qualified(info)} "${name}" not found`, about(info, name));
}

export function alreadyExists(info: KindInfo, name: string): ServerAnswer {
  return failure(409, "AlreadyExists", `${qualified(info)} "${name}" already exists`, about(info, name));
}

export function conflict(info: KindInfo, name: string, why: string): ServerAnswer {
  const message = `Operation cannot be fulfilled on ${qualified(info)} "${name}": ${why}`;
  return failure(409, "Conflict", message, about(info, name));
}

export function staleVersion(info: KindInfo, name: string): ServerAnswer {
  const why = "the object has been modified; please apply your changes to the latest version and try again";
  return conflict(info, name, why);
}

export function wrongUid(info: KindInfo, name: string, wanted: string, found: string): ServerAnswer {
  const why = `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`;
  return conflict(info, name, why);
}

/** 422 for one field. */
export function invalid(
  info: KindInfo,
  name: string,
  cause: { readonly field: string; readonly reason: string; readonly message: string },
): ServerAnswer {
  const text = `${info.kind}${info.group === "" ? "" : `.${info.group}`} "${name}" is invalid: ${cause.field}: ${cause.message}`;
  return failure(422, "Invalid", text, { ...about(info, name), kind: info.kind, causes: [cause] });
}

export function badRequest(message: string): ServerAnswer {
  return failure(400, "BadRequest", message);
}

export function forbidden(
  info: KindInfo,
  name: string,
  why: string,
  causes?: readonly StatusCause[],
): ServerAnswer {
  const message = `${qualified(info)} "${name}" is forbidden: ${why}`;
  return failure(403, "Forbidden", message, {
    ...about(info, name),
    ...(causes === undefined ? {} : { causes }),
  });
}

/** What a real server could do and the world does not. */
export function notModelled(what: string): ServerAnswer {
  return failure(501, "NotImplemented", `the embedded cluster does not model ${what}`);
}

/** 410: a version or page that is no longer kept. */
export function gone(message: string): ServerAnswer {
  return failure(410, "Expired", message);
}
