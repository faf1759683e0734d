import type { Json, KubernetesRequest } from "#gateway/wire.ts";
import { copyJson, textAt } from "../json.ts";
import { noteOwners } from "./absent-owners.ts";
import { refuseAccess } from "./access.ts";
import type { Identity } from "./access-policy.ts";
import { admitNew } from "./admission.ts";
import { applyConfiguration } from "./applying.ts";
import { bindPod } from "./binding.ts";
import { type Cluster, storeOf } from "./cluster.ts";
import { deleteCollection, deleteOne } from "./deleting.ts";
import { type Guard, refuseEscalation } from "./escalation.ts";
import { evict } from "./eviction.ts";
import { asRead } from "./heartbeats.ts";
import type { KindInfo } from "./kinds.ts";
import { Lister } from "./listing.ts";
import type { ManagedEntry, Resource } from "./object-types.ts";
import { applyPatch } from "./patching.ts";
import { unsupported } from "./problems.ts";
import type { Attempt, PathAttempt } from "./rbac-rules.ts";
import { fieldValidationOf, withWarnings } from "./reading.ts";
import { attemptOf } from "./request-attempt.ts";
import { parsePath, type Route } from "./request-path.ts";
import { answerReview } from "./reviews.ts";
import { answerScale, isScalable } from "./scale.ts";
import { requestToken } from "./service-account-tokens.ts";
import {
  allInvalid,
  alreadyExists,
  failure,
  methodNotAllowed,
  notFound,
  notModelled,
  ok,
  type ServerAnswer,
  wrongUid,
} from "./status.ts";
import { unmodelledWarnings } from "./unmodelled-fields.ts";
import { applyUpdate } from "./updating.ts";
import { openWatch, type WatchOpening } from "./watching.ts";

type ObjectRoute = Extract<Route, { readonly kind: "object" }>;
type CollectionRoute = Extract<Route, { readonly kind: "collection" }>;

/** Answers requests as kube-apiserver does, at once: latency is the driver's. */
export class ApiServer {
  readonly lister: Lister;
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.lister = new Lister(cluster);
  }

  /** Without an identity the request comes from the same process, and may do what no denial forbids. */
  handle(request: KubernetesRequest, identity?: Identity): ServerAnswer {
    const route = parsePath(request.path);
    const refused = this.refuseAccess(attemptOf(route, request), identity);
    if (refused !== undefined) return refused;
    switch (route.kind) {
      case "version":
        return ok({ major: "1", minor: "36", gitVersion: "v1.36.3", platform: "linux/amd64" });
      case "health":
        return { status: 200, headers: { "content-type": "text/plain" }, body: "ok" };
      case "review":
        if (request.method !== "POST") return methodNotAllowed();
        return answerReview(this.cluster, route.review, copyJson(request.body), identity);
      case "unknown":
        return unknownPath(request.path);
      case "collection":
        return this.refuseOptions(request) ?? this.handleCollection(route, request, identity);
      case "object":
        return this.refuseOptions(request) ?? this.handleObject(route, request, identity);
    }
  }

  private refuseOptions({ method, query }: KubernetesRequest): ServerAnswer | undefined {
    const dryRun = query?.dryRun;
    const kind = { POST: "CreateOptions", PUT: "UpdateOptions", PATCH: "PatchOptions", GET: "", DELETE: "" }[
      method
    ];
    if (dryRun === undefined || dryRun === "All" || kind === "") return undefined;
    return allInvalid({ kind, group: "meta.k8s.io" }, "", [unsupported("dryRun", [dryRun], ["All"])]);
  }

  /** A GET of one object answers with the object, whatever it says of watching, as the real server does. */
  openWatch(request: KubernetesRequest, identity?: Identity): WatchOpening {
    const route = parsePath(request.path);
    if (route.kind !== "collection") return { kind: "refused", answer: this.handle(request, identity) };
    const attempt = { ...attemptOf(route, request), verb: "watch" };
    const answer = this.refuseAccess(attempt, identity);
    if (answer !== undefined) return { kind: "refused", answer };
    return openWatch(this.cluster, route.info, route.namespace, request);
  }

  private refuseAccess(
    attempt: Attempt | PathAttempt,
    identity: Identity | undefined,
  ): ServerAnswer | undefined {
    return refuseAccess(this.cluster, identity, attempt);
  }

  private handleCollection(
    route: CollectionRoute,
    request: KubernetesRequest,
    identity: Identity | undefined,
  ): ServerAnswer {
    const { info, namespace } = route;
    switch (request.method) {
      case "GET":
        return this.lister.list(info, namespace, request);
      case "POST":
        return this.create(info, namespace, request, identity);
      case "DELETE":
        return deleteCollection(this.cluster, this.lister, route, request);
      default:
        return methodNotAllowed();
    }
  }

  private handleObject(
    route: ObjectRoute,
    request: KubernetesRequest,
    identity: Identity | undefined,
  ): ServerAnswer {
    const { info, namespace, name, subresource } = route;
    if (subresource === "eviction" && info.plural === "pods") {
      if (request.method !== "POST") return methodNotAllowed();
      const where = { namespace: namespace ?? "", name, isDryRun: isDryRun(request) };
      return evict(this.cluster, where, copyJson(request.body));
    }
    const current = storeOf(this.cluster, info.plural).get(namespace, name);
    const isApply = request.method === "PATCH" && request.contentType?.startsWith(applyType) === true;
    if (isApply && (subresource === undefined || current !== undefined)) {
      return this.apply(route, current, request, identity);
    }
    if (subresource !== undefined && !(subresource === "status" && info.hasStatus)) {
      return this.handleSubresource(route, current, request);
    }
    if (request.method === "DELETE" && subresource === undefined) {
      return deleteOne(this.cluster, info, { name, current }, request);
    }
    if (current === undefined) {
      if (request.method === "POST") return methodNotAllowed();
      if (request.method !== "PUT" || !createdByPut.includes(info.plural)) return notFound(info, name);
      const refused = this.refuseAccess({ ...attemptOf(route, request), verb: "create" }, identity);
      return refused ?? refuseUid(info, name, request) ?? this.create(info, namespace, request, identity);
    }
    switch (request.method) {
      case "GET":
        return ok(this.shown(info, current));
      case "PUT":
        return this.update(route, current, copyJson(request.body), request, identity);
      case "PATCH":
        return this.patch(route, current, request, identity);
      case "DELETE":
      case "POST":
        return methodNotAllowed();
    }
  }

  private handleSubresource(
    { info, namespace, name, subresource = "" }: ObjectRoute,
    current: Resource | undefined,
    request: KubernetesRequest,
  ): ServerAnswer {
    if (subresource === "scale" && isScalable(info.plural)) {
      if (current === undefined) return notFound(info, name);
      return answerScale(this.cluster, info, current, request);
    }
    if (info.plural === "pods" && subresource === "binding") {
      const pod = this.cluster.stores.pods.get(namespace, name);
      if (request.method !== "POST") return methodNotAllowed();
      if (pod === undefined) return notFound(info, name);
      return bindPod(this.cluster, pod, copyJson(request.body), isDryRun(request));
    }
    if (info.plural === "serviceaccounts" && subresource === "token") {
      if (request.method !== "POST") return methodNotAllowed();
      return requestToken(this.cluster, { namespace: namespace ?? "", name }, copyJson(request.body));
    }
    const real = [
      "log",
      "exec",
      "attach",
      "portforward",
      "proxy",
      "ephemeralcontainers",
      "resize",
      "finalize",
    ];
    return real.includes(subresource)
      ? notModelled(`the subresource ${info.plural}/${subresource}`)
      : failure(404, "NotFound", "the server could not find the requested resource", {});
  }

  private create(
    info: KindInfo,
    namespace: string | undefined,
    request: KubernetesRequest,
    identity: Identity | undefined,
    entries?: readonly ManagedEntry[],
  ): ServerAnswer {
    const validation = fieldValidationOf(request.query);
    const guard: Guard = (object) =>
      refuseEscalation(this.cluster, { identity, info, namespace, name: "" }, object);
    const admitted = admitNew(this.cluster, info, namespace, copyJson(request.body), { validation, guard });
    if ("refused" in admitted) return admitted.refused;
    const warnings = [...admitted.warnings, ...unmodelledWarnings(info, admitted.object)];
    const object = entries === undefined ? admitted.object : owned(admitted.object, entries);
    const store = storeOf(this.cluster, info.plural);
    const versioned = request.method === "POST" ? refuseVersion(request) : undefined;
    if (versioned !== undefined) return versioned;
    if (store.get(namespace, object.metadata.name) !== undefined) {
      return alreadyExists(info, object.metadata.name);
    }
    if (isDryRun(request)) return withWarnings(ok(withoutVersion(object), 201), warnings);
    const stored = store.put(object);
    noteOwners(this.cluster, info.plural, stored);
    return withWarnings(ok(stored, 201), warnings);
  }

  private update(
    { info, subresource, namespace, name }: ObjectRoute,
    current: Resource,
    next: unknown,
    request: KubernetesRequest,
    identity: Identity | undefined,
    entries?: readonly ManagedEntry[],
  ): ServerAnswer {
    const answer = applyUpdate(this.cluster, {
      info,
      current,
      next,
      subresource,
      verb: request.method === "PUT" ? "PUT" : "PATCH",
      isDryRun: isDryRun(request),
      validation: fieldValidationOf(request.query),
      guard: (object, before) =>
        refuseEscalation(this.cluster, { identity, info, namespace, name }, object, before),
      manager: request.query?.fieldManager,
      ...(entries === undefined ? {} : { entries }),
    });
    // with the heartbeats that a GET shows: kubectl compares the two
    return answer.status === 200 ? { ...answer, body: this.shown(info, answer.body as Resource) } : answer;
  }

  private shown({ plural }: KindInfo, object: Resource): Resource {
    return asRead(this.cluster, plural, object);
  }

  /** Server-side apply; what is not there yet is created, which takes that right, too. */
  private apply(
    route: ObjectRoute,
    current: Resource | undefined,
    request: KubernetesRequest,
    identity: Identity | undefined,
  ): ServerAnswer {
    const { info, namespace, subresource } = route;
    if (subresource !== undefined) return notModelled(`server-side apply of ${info.plural}/${subresource}`);
    const applied = applyConfiguration(this.cluster, info, current, request);
    if (applied.kind === "refused") return applied.answer;
    const { object, entries } = applied;
    if (current === undefined) {
      const refused = this.refuseAccess({ ...attemptOf(route, request), verb: "create" }, identity);
      return refused ?? this.create(info, namespace, { ...request, body: object as Json }, identity, entries);
    }
    return this.update(route, current, object, request, identity, entries);
  }

  private patch(
    route: ObjectRoute,
    current: Resource,
    request: KubernetesRequest,
    identity: Identity | undefined,
  ): ServerAnswer {
    const patched = applyPatch(route.info.kind, { ...current }, request);
    return patched.kind === "refused"
      ? patched.answer
      : this.update(route, current, patched.object, request, identity);
  }
}

/** Kinds that a PUT creates. Source: AllowCreateOnUpdate. */
const createdByPut: readonly string[] = [
  "leases",
  "events",
  "roles",
  "rolebindings",
  "clusterroles",
  "clusterrolebindings",
];
const applyType = "application/apply-patch+yaml";

function unknownPath(path: string): ServerAnswer {
  const words = "the server could not find the requested resource";
  return failure(404, "NotFound", `${words}: the embedded cluster does not serve ${path}`, {});
}

/** A PUT that creates cannot mean an object that once was. Its version is not looked at. */
function refuseUid(info: KindInfo, name: string, { body }: KubernetesRequest): ServerAnswer | undefined {
  const uid = textAt(body, "metadata", "uid") ?? "";
  if (uid === "") return undefined;
  return wrongUid(info, name, uid, "");
}

/** Only the store refuses it, with an error that the server has no better code for. Source: storage/etcd3 Create. */
function refuseVersion(request: KubernetesRequest): ServerAnswer | undefined {
  const version = textAt(request.body, "metadata", "resourceVersion") ?? "";
  if (isDryRun(request) || !/^\d+$/.test(version) || Number(version) === 0) return undefined;
  return failure(500, undefined, "resourceVersion should not be set on objects to be created");
}

function owned(object: Resource, managedFields: readonly ManagedEntry[]): Resource {
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

function withoutVersion(object: Resource): unknown {
  const { resourceVersion: _none, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function isDryRun(request: KubernetesRequest): boolean {
  return request.query?.dryRun === "All";
}
