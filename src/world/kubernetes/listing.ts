import type { KubernetesRequest } from "#gateway/wire.ts";
import { type Cluster, storeOf } from "./cluster.ts";
import { anyVersion, decodeContinue, encodeContinue } from "./continue-token.ts";
import { parseFieldSelector } from "./field-selector.ts";
import { asRead } from "./heartbeats.ts";
import { apiVersionOf, type KindInfo } from "./kinds.ts";
import { parseLabelSelector } from "./label-selector.ts";
import { refuseList } from "./list-options.ts";
import type { Resource } from "./object-types.ts";
import { SelectorError } from "./selectors.ts";
import { snapshotAt } from "./snapshot-at.ts";
import type { Snapshot } from "./sorted-objects.ts";
import { badRequest, failure, gone, ok, type ServerAnswer } from "./status.ts";

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

/** What is listed, from where on. */
interface Page {
  readonly snapshot: Snapshot<Resource>;
  readonly version: number;
  /** The key to go on from, and what every key begins with. */
  readonly from: string;
  readonly prefix: string;
}

interface Kept {
  readonly snapshot: Snapshot<Resource>;
  /** ms since epoch. */
  readonly expiresAt: number;
}

/** Serves lists; the pages of one list show one version, for as long as pages live. */
export class Lister {
  private readonly cluster: Cluster;
  /** By kind and version: what later pages show. */
  private readonly kept = new Map<string, Kept>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** Makes every continue token given out so far answer 410. */
  expirePages(): void {
    this.kept.clear();
  }

  list(info: KindInfo, namespace: string | undefined, request: KubernetesRequest): ServerAnswer {
    const query = request.query ?? {};
    const refused = refuseList(query);
    if (refused !== undefined) return refused;
    const filter = parseFilter(info, namespace, query);
    if (typeof filter !== "function") return filter;
    const page = this.pageOf(info, namespace === undefined ? "" : `${namespace}/`, query);
    return "status" in page ? page : this.answer(info, page, filter, query);
  }

  private pageOf(
    info: KindInfo,
    prefix: string,
    query: Readonly<Record<string, string>>,
  ): Page | ServerAnswer {
    const token = query.continue ?? "";
    if (token !== "") return this.nextPage(info, prefix, token);
    const refused = this.refuseVersion(query);
    if (refused !== undefined) return refused;
    const store = storeOf(this.cluster, info.plural);
    const current = this.cluster.counter.version;
    const version = query.resourceVersionMatch === "Exact" ? Number(query.resourceVersion) : current;
    const snapshot = version === current ? store.snapshot() : snapshotAt(store, version);
    if (snapshot === undefined) return gone("The resourceVersion for the provided list is too old.");
    return { snapshot, version, from: "", prefix };
  }

  private refuseVersion(query: Readonly<Record<string, string>>): ServerAnswer | undefined {
    const version = query.resourceVersion;
    if (version === undefined || version === "" || version === "0") return undefined;
    const current = this.cluster.counter.version;
    if (Number(version) > current) {
      return failure(504, "Timeout", `Timeout: Too large resource version: ${version}, current: ${current}`, {
        causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
        retryAfterSeconds: 1,
      });
    }
    return undefined;
  }

  private nextPage(info: KindInfo, prefix: string, text: string): Page | ServerAnswer {
    const token = decodeContinue(text);
    if (token === undefined)
      return badRequest("invalid continue token: continue key is not valid: it is no token of this server");
    const { version, start } = token;
    if (version === anyVersion) {
      const snapshot = storeOf(this.cluster, info.plural).snapshot();
      return { snapshot, version: this.cluster.counter.version, from: start, prefix };
    }
    const kept = this.kept.get(`${info.plural}/${version}`);
    if (kept !== undefined && kept.expiresAt > this.cluster.agenda.now) {
      return { snapshot: kept.snapshot, version, from: start, prefix };
    }
    return gone(pageExpired, encodeContinue({ version: anyVersion, start }));
  }

  private answer(
    info: KindInfo,
    page: Page,
    filter: ObjectTest,
    query: Readonly<Record<string, string>>,
  ): ServerAnswer {
    const limit = Number(query.limit ?? 0);
    const items: unknown[] = [];
    let next: string | undefined;
    for (const [key, object] of page.snapshot.from(page.from, page.prefix)) {
      if (!filter(object)) continue;
      if (limit > 0 && items.length >= limit) {
        next = key;
        break;
      }
      items.push(withoutType(asRead(this.cluster, info.plural, object)));
    }
    const metadata = {
      resourceVersion: String(page.version),
      ...(next === undefined ? {} : this.more(info, page, next, isFiltered(query))),
    };
    return ok({ kind: `${info.kind}List`, apiVersion: apiVersionOf(info), metadata, items });
  }

  /** Where a selector leaves objects out the server does not count the rest. */
  private more(info: KindInfo, page: Page, start: string, isSelected: boolean): object {
    this.keep(info, page);
    const { snapshot, version, prefix } = page;
    const rest = isSelected ? {} : { remainingItemCount: snapshot.count(prefix, start) };
    return { continue: encodeContinue({ version, start }), ...rest };
  }

  private keep({ plural }: KindInfo, { snapshot, version }: Page): void {
    const { now } = this.cluster.agenda;
    for (const [old, { expiresAt }] of this.kept) {
      if (expiresAt > now) break;
      this.kept.delete(old);
    }
    const key = `${plural}/${version}`;
    if (this.kept.has(key)) return;
    this.kept.set(key, { snapshot, expiresAt: now + this.cluster.timings.pageLifeMs });
  }
}

const pageExpired =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

function isFiltered({ labelSelector = "", fieldSelector = "" }: Readonly<Record<string, string>>): boolean {
  return labelSelector !== "" || fieldSelector !== "";
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
