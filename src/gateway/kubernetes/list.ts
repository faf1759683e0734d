import { GatewayError } from "#gateway/ports.ts";
import type { KubernetesResponse } from "#gateway/wire.ts";
import { backoffMilliseconds, READ_BACKOFF } from "../backoff.ts";
import type { Caller } from "./caller.ts";
import { ForeignShapeError, field, neededText, text } from "./foreign.ts";
import { send } from "./read.ts";

const PAGE_SIZE = 500;
/** Five million objects: a list that goes on beyond it has no end. */
const MOST_PAGES = 10_000;
const MOST_RESTARTS = 5;

export interface ListRequest {
  /** For messages: "list pods". */
  readonly what: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}

export interface List<T> {
  readonly objects: readonly T[];
  readonly resourceVersion: string;
}

interface Page {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  /** "" on the last page. */
  readonly continue: string;
}

function readPage(body: unknown): Page {
  const found = field(body, "items");
  // Go writes an empty slice as null.
  if (!Array.isArray(found) && found !== null) throw new ForeignShapeError("a list without items");
  return {
    items: Array.isArray(found) ? found : [],
    resourceVersion: neededText(field(body, "metadata", "resourceVersion"), "resourceVersion"),
    continue: continueToken(field(body, "metadata", "continue")),
  };
}

/** Tokens are opaque and must not be cut. */
function continueToken(value: unknown): string {
  return typeof value === "string" ? value : "";
}

async function requestPage(
  caller: Caller,
  list: ListRequest,
  token: string,
  signal: AbortSignal | undefined,
): Promise<KubernetesResponse> {
  const query = { ...list.query, limit: String(PAGE_SIZE), ...(token === "" ? {} : { continue: token }) };
  const request = { method: "GET", path: list.path, query } as const;
  return send(caller, { what: list.what, request, expected: token === "" ? [] : [410] }, signal);
}

/** One pass through all pages; undefined where the continue token expired on the way. */
async function listOnce<T>(
  caller: Caller,
  list: ListRequest,
  project: (raw: unknown) => T,
  signal: AbortSignal | undefined,
): Promise<List<T> | undefined> {
  const objects: T[] = [];
  let token = "";
  for (let count = 0; count < MOST_PAGES; count++) {
    const response = await requestPage(caller, list, token, signal);
    if (response.status === 410) return undefined;
    const page = readPage(response.body);
    for (const item of page.items) objects.push(project(item));
    if (page.continue === "") return { objects, resourceVersion: page.resourceVersion };
    if (page.continue === token) throw new ForeignShapeError("a list that does not advance");
    token = page.continue;
  }
  throw new ForeignShapeError("a list without an end");
}

/**
 * Lists everything at the newest version (a quorum read), page by page; each page is projected at
 * once, so that the raw objects of one page only are held. All or nothing: where the token expires,
 * the list starts again.
 * @throws GatewayError
 */
export async function listAll<T>(
  caller: Caller,
  list: ListRequest,
  project: (raw: unknown) => T,
  signal?: AbortSignal,
): Promise<List<T>> {
  try {
    for (let restarts = 0; restarts <= MOST_RESTARTS; restarts++) {
      if (restarts > 0) {
        await caller.clock.sleep(backoffMilliseconds(READ_BACKOFF, restarts, caller.random), signal);
      }
      const found = await listOnce(caller, list, project, signal);
      if (found) return found;
    }
  } catch (error) {
    throw translate(list.what, error, signal);
  }
  throw new GatewayError("server-failed", `${list.what}: its pages expired ${MOST_RESTARTS + 1} times over`);
}

function translate(what: string, error: unknown, signal: AbortSignal | undefined): unknown {
  if (error instanceof ForeignShapeError) {
    return new GatewayError("server-failed", `${what}: the server sent ${text(error.message)}`);
  }
  if (signal?.aborted && !(error instanceof GatewayError))
    return new GatewayError("aborted", `${what}: stopped`);
  return error;
}
