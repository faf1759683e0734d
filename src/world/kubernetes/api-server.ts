import type { KubernetesRequest } from "#gateway/wire.ts";
import { copyJson, textAt, valueAt } from "../json.ts";
import { type Attempt, deniedAnswer, isDenied, reviewAccess } from "./access.ts";
import { admitNew } from "./admission.ts";
import { type Cluster, storeOf } from "./cluster.ts";
import { deleteObject } from "./deletion.ts";
import { evict } from "./eviction.ts";
import type { KindInfo } from "./kinds.ts";
import { Lister } from "./listing.ts";
import { applyPatch } from "./patching.ts";
import { fieldValidationOf, withWarnings } from "./reading.ts";
import { parsePath, type Route } from "./request-path.ts";
import {
  alreadyExists,
  badRequest,
  failure,
  methodNotAllowed,
  notFound,
  notModelled,
  ok,
  type ServerAnswer,
  staleVersion,
  wrongUid,
} from "./status.ts";
import type { Resource } from "./types.ts";
import { applyUpdate } from "./updating.ts";
import { openWatch, type WatchOpening } from "./watching.ts";

type ObjectRoute = Extract<Route, { readonly kind: "object" }>;

/** Answers requests as kube-apiserver does, at once: latency is the driver's. */
export class ApiServer {
  readonly lister: Lister;
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.lister = new Lister(cluster);
  }

  handle(request: KubernetesRequest): ServerAnswer {
    const route = parsePath(request.path);
    switch (route.kind) {
      case "version":
        return ok({ major: "1", minor: "36", gitVersion: "v1.36.3", platform: "linux/amd64" });
      case "health":
        return { status: 200, headers: { "content-type": "text/plain" }, body: "ok" };
      case "accessReview":
        return reviewAccess(this.cluster, copyJson(request.body));
      case "unknown":
        return failure(
          404,
          "NotFound",
          `the server could not find the requested resource: the embedded cluster does not serve ${request.path}`,
        );
      case "collection":
        return this.refuseAccess(route, request) ?? this.handleCollection(route, request);
      case "object":
        return this.refuseAccess(route, request) ?? this.handleObject(route, request);
    }
  }

  openWatch(request: KubernetesRequest): WatchOpening {
    const route = parsePath(request.path);
    if (route.kind !== "collection") {
      const answer =
        route.kind === "object" ? notModelled("watches of one object by path") : this.handle(request);
      return { kind: "refused", answer };
    }
    const attempt = attemptOf(route.info, "watch", route.namespace, undefined);
    if (isDenied(this.cluster, attempt)) return { kind: "refused", answer: deniedAnswer(attempt, undefined) };
    return openWatch(this.cluster, route.info, route.namespace, request);
  }

  private refuseAccess(
    route: Extract<Route, { readonly kind: "object" | "collection" }>,
    { method }: KubernetesRequest,
  ): ServerAnswer | undefined {
    const isObject = route.kind === "object";
    const verbs = {
      GET: isObject ? "get" : "list",
      POST: "create",
      PUT: "update",
      PATCH: "patch",
      DELETE: "delete",
    };
    const attempt = attemptOf(
      route.info,
      verbs[method],
      route.namespace,
      isObject ? route.subresource : undefined,
    );
    if (!isDenied(this.cluster, attempt)) return undefined;
    return deniedAnswer(attempt, isObject ? route.name : undefined);
  }

  private handleCollection(
    { info, namespace }: Extract<Route, { readonly kind: "collection" }>,
    request: KubernetesRequest,
  ): ServerAnswer {
    switch (request.method) {
      case "GET":
        return this.lister.list(info, namespace, request);
      case "POST":
        return this.create(info, namespace, request);
      default:
        return notModelled(`${request.method} of a whole collection`);
    }
  }

  private handleObject(route: ObjectRoute, request: KubernetesRequest): ServerAnswer {
    const { info, namespace, name, subresource } = route;
    if (subresource === "eviction" && info.plural === "pods") {
      if (request.method !== "POST") return notModelled(`${request.method} of an eviction`);
      const where = { namespace: namespace ?? "", name, isDryRun: isDryRun(request) };
      return evict(this.cluster, where, copyJson(request.body));
    }
    if (subresource !== undefined && !(subresource === "status" && info.hasStatus)) {
      return notModelled(`the subresource ${info.plural}/${subresource}`);
    }
    const current = storeOf(this.cluster, info.plural).get(namespace, name);
    if (current === undefined) return notFound(info, name);
    switch (request.method) {
      case "GET":
        return ok(current);
      case "PUT":
        return this.update(route, current, copyJson(request.body), request);
      case "PATCH":
        return this.patch(route, current, request);
      case "DELETE":
        return this.delete(info, current, request);
      case "POST":
        return methodNotAllowed();
    }
  }

  private create(info: KindInfo, namespace: string | undefined, request: KubernetesRequest): ServerAnswer {
    const validation = fieldValidationOf(request.query);
    const admitted = admitNew(this.cluster, info, namespace, copyJson(request.body), validation);
    if ("refused" in admitted) return admitted.refused;
    const { object, warnings } = admitted;
    const store = storeOf(this.cluster, info.plural);
    if (store.get(namespace, object.metadata.name) !== undefined) {
      return alreadyExists(info, object.metadata.name);
    }
    const answer = isDryRun(request) ? ok(withoutVersion(object), 201) : ok(store.put(object), 201);
    return withWarnings(answer, warnings);
  }

  private update(
    { info, subresource }: ObjectRoute,
    current: Resource,
    next: unknown,
    request: KubernetesRequest,
  ): ServerAnswer {
    return applyUpdate(this.cluster, {
      info,
      current,
      next,
      subresource,
      verb: request.method === "PUT" ? "PUT" : "PATCH",
      isDryRun: isDryRun(request),
      validation: fieldValidationOf(request.query),
    });
  }

  private patch(route: ObjectRoute, current: Resource, request: KubernetesRequest): ServerAnswer {
    const patched = applyPatch(route.info.kind, { ...current }, request);
    return patched.kind === "refused" ? patched.answer : this.update(route, current, patched.object, request);
  }

  private delete(info: KindInfo, current: Resource, request: KubernetesRequest): ServerAnswer {
    const { name, uid, resourceVersion } = current.metadata;
    const options = copyJson(request.body);
    const policy = textAt(options, "propagationPolicy") ?? request.query?.propagationPolicy ?? "Background";
    if (policy !== "Background") return notModelled(`deletion with propagationPolicy ${policy}`);
    const wanted = textAt(options, "preconditions", "uid");
    if (wanted !== undefined && wanted !== uid) return wrongUid(info, name, wanted, uid);
    const version = textAt(options, "preconditions", "resourceVersion");
    if (version !== undefined && version !== resourceVersion) return staleVersion(info, name);
    const grace = valueAt(options, "gracePeriodSeconds") ?? request.query?.gracePeriodSeconds;
    const graceSeconds = grace === undefined ? undefined : Number(grace);
    if (graceSeconds !== undefined && !Number.isInteger(graceSeconds)) {
      return badRequest("gracePeriodSeconds must be a whole number");
    }
    if (!isDryRun(request)) deleteObject(this.cluster, info.plural, current, graceSeconds);
    const left = storeOf(this.cluster, info.plural).get(current.metadata.namespace, name);
    return ok(
      left ?? {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Success",
        details: { name, kind: info.plural, uid },
      },
    );
  }
}

function withoutVersion(object: Resource): unknown {
  const { resourceVersion: _none, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function isDryRun(request: KubernetesRequest): boolean {
  return request.query?.dryRun === "All";
}

function attemptOf(
  info: KindInfo,
  verb: string,
  namespace: string | undefined,
  subresource: string | undefined,
): Attempt {
  return {
    verb,
    group: info.group,
    resource: info.plural,
    subresource: subresource ?? "",
    namespace: namespace ?? "",
  };
}
