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

/** One thing wrong with one field of an object. */
export interface Problem {
  readonly field: string;
  readonly reason: string;
  readonly message: string;
}

/** 422 for one field. */
export function invalid(info: KindInfo, name: string, cause: Problem): ServerAnswer {
  return allInvalid(info, name, [cause]);
}

/** 422 for everything that is wrong, in the order in which it was found. */
export function allInvalid(
  info: Pick<KindInfo, "kind" | "group">,
  name: string,
  problems: readonly Problem[],
): ServerAnswer {
  const texts = [...new Set(problems.map(({ field, message }) => `${field}: ${message}`))];
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const kind = info.group === "" ? info.kind : `${info.kind}.${info.group}`;
  return failure(422, "Invalid", `${kind} "${name}" is invalid: ${list}`, {
    ...(name === "" ? {} : { name }),
    ...(info.group === "" ? {} : { group: info.group }),
    ...(info.kind === "" ? {} : { kind: info.kind }),
    causes: problems,
  });
}

export function methodNotAllowed(): ServerAnswer {
  const message = "the server does not allow this method on the requested resource";
  return failure(405, "MethodNotAllowed", message, {});
}

/** 409 where a delete names another object than the one that is there. */
export function failedPrecondition(info: KindInfo, name: string, why: string): ServerAnswer {
  const kind = info.group === "" ? info.kind : `${info.kind}.${info.group}`;
  const message = `Operation cannot be fulfilled on ${kind} "${name}": ${why}`;
  return failure(409, "Conflict", message, { ...about(info, name), kind: info.kind });
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

/** 403: nothing is made in a namespace that goes. `name` is what was to be made, or evicted. */
export function terminatingNamespace(info: KindInfo, name: string, namespace: string): ServerAnswer {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  return forbidden(info, name, why, [
    { reason: "NamespaceTerminating", message, field: "metadata.namespace" },
  ]);
}

/** What a real server could do and the world does not. */
export function notModelled(what: string): ServerAnswer {
  return failure(501, "NotImplemented", `the embedded cluster does not model ${what}`);
}

/** 410: a version or page that is no longer kept; with the token to go on inconsistently, where there is one. */
export function gone(message: string, goOn?: string): ServerAnswer {
  const answer = failure(410, "Expired", message);
  if (goOn === undefined) return answer;
  return { ...answer, body: { ...statusBody(410, "Expired", message), metadata: { continue: goOn } } };
}

/** 400: the body of a write to this object names another one, or none. undefined: it names this one. */
export function refuseName(given: string, name: string): ServerAnswer | undefined {
  if (given === name) return undefined;
  return badRequest(
    given === ""
      ? `the name of the object (${name} based on URL) was undeterminable: name must be provided`
      : `the name of the object (${given}) does not match the name on the URL (${name})`,
  );
}

/** 400: the body of a write is of another namespace than the path. */
export function wrongNamespace(): ServerAnswer {
  return badRequest("the namespace of the provided object does not match the namespace sent on the request");
}
