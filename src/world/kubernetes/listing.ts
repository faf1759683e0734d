import type { KubernetesRequest } from "#gateway/wire.ts";
import { type Cluster, storeOf } from "./cluster.ts";
import { parseFieldSelector } from "./field-selector.ts";
import { apiVersionOf, type KindInfo } from "./kinds.ts";
import { parseLabelSelector, SelectorError } from "./selectors.ts";
import type { Snapshot } from "./sorted-objects.ts";
import { badRequest, failure, gone, ok, type ServerAnswer } from "./status.ts";
import type { Resource } from "./types.ts";

export type ObjectTest = (object: Resource) => boolean;

/** The filter of a list or watch, or the 400 that refuses it. */
export function parseFilter(
  info: KindInfo,
  namespace: string | undefined,
  query: Readonly<Record<string, string>>,
): ObjectTest | ServerAnswer {
  try {
    const labels = parseLabelSelector(query.labelSelector ?? "");
    const fields = parseFieldSelector(info, query.fieldSelector ?? "");
    return (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      labels(object.metadata.labels) &&
      fields(object);
  } catch (error) {
    if (error instanceof SelectorError) return badRequest(error.message);
    throw error;
  }
}

/** What is still to be listed. */
interface Page {
  readonly snapshot: Snapshot<Resource>;
  /** The key to go on from, and what every key begins with. */
  readonly from: string;
  readonly prefix: string;
  readonly filter: ObjectTest;
  /** How many are left; undefined where a selector leaves some out, as the server does not count then. */
  readonly left: number | undefined;
  readonly version: number;
  /** ms since epoch. */
  readonly expiresAt: number;
}

/** Serves lists; the pages of one list show one version, for as long as pages live. */
export class Lister {
  private readonly cluster: Cluster;
  private readonly pages = new Map<string, Page>();
  private pageCount = 0;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** Makes every continue token given out so far answer 410. */
  expirePages(): void {
    this.pages.clear();
  }

  list(info: KindInfo, namespace: string | undefined, request: KubernetesRequest): ServerAnswer {
    const query = request.query ?? {};
    if (query.continue !== undefined && query.continue !== "") return this.nextPage(info, query);
    const refused = this.refuseVersion(query);
    if (refused !== undefined) return refused;
    const filter = parseFilter(info, namespace, query);
    if (typeof filter !== "function") return filter;
    const snapshot = storeOf(this.cluster, info.plural).snapshot();
    const prefix = namespace === undefined ? "" : `${namespace}/`;
    const isFiltered = (query.labelSelector ?? "") !== "" || (query.fieldSelector ?? "") !== "";
    const left = isFiltered ? undefined : snapshot.count(prefix);
    const { version } = this.cluster.counter;
    return this.answer(info, { snapshot, from: "", prefix, filter, left, version, expiresAt: 0 }, query);
  }

  private refuseVersion(query: Readonly<Record<string, string>>): ServerAnswer | undefined {
    const version = query.resourceVersion;
    if (version === undefined || version === "" || version === "0") return undefined;
    if (!/^\d+$/.test(version)) return badRequest(`resourceVersion: Invalid value: "${version}"`);
    const current = this.cluster.counter.version;
    if (Number(version) > current) {
      return failure(504, "Timeout", `Timeout: Too large resource version: ${version}, current: ${current}`, {
        causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
        retryAfterSeconds: 1,
      });
    }
    if (query.resourceVersionMatch === "Exact" && Number(version) !== current) {
      return gone(`The resourceVersion for the provided list is too old.`);
    }
    return undefined;
  }

  private nextPage(info: KindInfo, query: Readonly<Record<string, string>>): ServerAnswer {
    const page = this.pages.get(query.continue ?? "");
    if (page === undefined || page.expiresAt <= this.cluster.agenda.now) {
      return gone(
        "The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.",
      );
    }
    return this.answer(info, page, query);
  }

  private answer(info: KindInfo, page: Page, query: Readonly<Record<string, string>>): ServerAnswer {
    const limit = Number(query.limit ?? 0);
    const items: unknown[] = [];
    let next: string | undefined;
    for (const [key, object] of page.snapshot.from(page.from, page.prefix)) {
      if (!page.filter(object)) continue;
      if (limit > 0 && items.length >= limit) {
        next = key;
        break;
      }
      items.push(withoutType(object));
    }
    const left = page.left === undefined ? undefined : page.left - items.length;
    const more =
      next === undefined
        ? {}
        : {
            continue: this.keep({ ...page, from: next, left }),
            ...(left === undefined ? {} : { remainingItemCount: left }),
          };
    return ok({
      kind: `${info.kind}List`,
      apiVersion: apiVersionOf(info),
      metadata: { resourceVersion: String(page.version), ...more },
      items,
    });
  }

  private keep(page: Page): string {
    this.pageCount += 1;
    const token = `page-${page.version}-${this.pageCount}`;
    const { now } = this.cluster.agenda;
    const expiresAt = page.expiresAt === 0 ? now + this.cluster.timings.pageLifeMs : page.expiresAt;
    for (const [old, { expiresAt: end }] of this.pages) {
      if (end > now) break;
      this.pages.delete(old);
    }
    this.pages.set(token, { ...page, expiresAt });
    return token;
  }
}

const stripped = new WeakMap<Resource, unknown>();

/** Items of a list carry neither kind nor apiVersion. */
function withoutType(object: Resource): unknown {
  const known = stripped.get(object);
  if (known !== undefined) return known;
  const { apiVersion: _apiVersion, kind: _kind, ...item } = object;
  Object.freeze(item);
  stripped.set(object, item);
  return item;
}
