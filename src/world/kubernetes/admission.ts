import { isRecord, textAt, valueAt } from "../json.ts";
import { type Cluster, type DraftMeta, newMeta } from "./cluster.ts";
import type { Guard } from "./escalation.ts";
import { generatedName } from "./generated-name.ts";
import { apiVersionOf, type KindInfo, kinds } from "./kinds.ts";
import { withLabelKeys } from "./label-keys.ts";
import type { Labels, Resource } from "./object-types.ts";
import { admitPodSpec } from "./pod-admission.ts";
import { type Draft, draftAt, setDefaults } from "./pod-defaults.ts";
import { refusePod } from "./pod-refusals.ts";
import type { PodSpec } from "./pod-types.ts";
import { bad } from "./problems.ts";
import { type FieldValidation, readBody } from "./reading.ts";
import {
  allInvalid,
  forbidden,
  methodNotAllowed,
  notFound,
  type ServerAnswer,
  terminatingNamespace,
  wrongNamespace,
} from "./status.ts";
import { problemsOfNew } from "./validation.ts";

/** An object to store, or the answer that refuses it. */
export type Admitted =
  | { readonly object: Resource; readonly warnings: readonly string[] }
  | { readonly refused: ServerAnswer };

export interface AdmissionOptions {
  readonly validation?: FieldValidation;
  readonly guard?: Guard;
}

/**
 * Turns the body of a POST into an object to store, or refuses it: reading, defaulting, admission, then
 * validation, in the server's order.
 */
export function admitNew(
  cluster: Cluster,
  info: KindInfo,
  namespace: string | undefined,
  body: unknown,
  { validation = "Warn", guard }: AdmissionOptions = {},
): Admitted {
  if (namespace === undefined && info.isNamespaced) return { refused: methodNotAllowed() };
  const reading = readBody(info, body, validation);
  if (reading.kind === "refused") return { refused: reading.answer };
  const { draft } = reading;
  const refused = refuseNamespace(cluster, info, namespace, draft);
  if (refused !== undefined) return { refused };
  const metadata = newMeta(cluster, info, namedMeta(cluster, info, draft, namespace));
  const object: Draft & Resource = { ...draft, apiVersion: apiVersionOf(info), kind: info.kind, metadata };
  const barred = prepareNew(cluster, info, object) ?? guard?.(object);
  if (barred !== undefined) return { refused: barred };
  const problems = problemsOfNew(info, object);
  const { name } = object.metadata;
  if (problems.length > 0) return { refused: allInvalid(info, name, problems) };
  return { object, warnings: reading.warnings };
}

function refuseNamespace(
  cluster: Cluster,
  info: KindInfo,
  namespace: string | undefined,
  draft: Draft,
): ServerAnswer | undefined {
  const own = textAt(draft, "metadata", "namespace");
  if (own !== undefined && own !== namespace) {
    return wrongNamespace();
  }
  if (namespace === undefined) return undefined;
  const place = cluster.stores.namespaces.get(undefined, namespace);
  if (place === undefined) return notFound(kinds.namespaces, namespace);
  if (place.metadata.deletionTimestamp === undefined) return undefined;
  return terminatingNamespace(info, textAt(draft, "metadata", "name") ?? "", namespace);
}

const kept: readonly string[] = ["labels", "annotations", "ownerReferences", "finalizers", "generateName"];

/** The name stays "" where the body has neither name nor generateName: validation says so. */
function namedMeta(cluster: Cluster, info: KindInfo, draft: Draft, namespace: string | undefined): DraftMeta {
  const metadata = isRecord(draft.metadata) ? draft.metadata : {};
  const generateName = textAt(metadata, "generateName");
  const given = textAt(metadata, "name");
  const generated = (): string =>
    generateName === undefined ? "" : generatedName(cluster, info, namespace, generateName);
  return {
    ...Object.fromEntries(
      kept.filter((key) => metadata[key] !== undefined).map((key) => [key, metadata[key]]),
    ),
    name: given ?? generated(),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/**
 * What the strategies and admission plugins make of a new object, in place; the answer where one refuses.
 * Status is never taken over, but of nodes and kinds without /status.
 */
function prepareNew(cluster: Cluster, info: KindInfo, object: Draft): ServerAnswer | undefined {
  switch (info.plural) {
    case "pods":
      return preparePod(cluster, object);
    case "nodes":
      prepareNode(object);
      return undefined;
    case "namespaces":
      draftAt(object, "spec").finalizers = ["kubernetes"];
      object.status = { phase: "Active" };
      return undefined;
    case "replicasets":
      object.status = { replicas: 0 };
      return undefined;
    case "statefulsets":
      object.status = { replicas: 0, availableReplicas: 0 };
      return undefined;
    case "deployments":
    case "persistentvolumes":
      object.status = info.plural === "deployments" ? {} : { phase: "Pending" };
      return undefined;
    case "daemonsets":
      object.status = emptyDaemonStatus;
      setDefaults(draftAt(draftAt(object, "metadata"), "annotations"), { [templateGeneration]: "1" });
      return undefined;
    case "jobs":
      prepareJob(object);
      return undefined;
    case "poddisruptionbudgets":
      object.status = emptyBudgetStatus;
      return undefined;
    case "persistentvolumeclaims":
      object.status = { phase: "Pending" };
      return undefined;
    case "horizontalpodautoscalers":
      object.status = { desiredReplicas: 0, currentMetrics: null };
      return undefined;
    case "services":
      return refuseAddress(cluster, info, object) ?? prepareService(cluster, object);
    default:
      return undefined;
  }
}

/** Counts the templates of a DaemonSet. Source: conversion of apps/v1 DaemonSet. */
export const templateGeneration = "deprecated.daemonset.template.generation";

const emptyBudgetStatus = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
const emptyDaemonStatus = {
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
};

function preparePod(cluster: Cluster, object: Draft): ServerAnswer | undefined {
  const name = textAt(object, "metadata", "name") ?? "";
  const why = refusePod(cluster, textAt(object, "metadata", "namespace") ?? "", object.spec);
  if (why !== undefined) return forbidden(kinds.pods, name, why);
  const given = draftAt(object, "spec");
  const containers = Array.isArray(given.containers) ? given.containers : [];
  const labels = (valueAt(object, "metadata", "labels") ?? {}) as Labels;
  const keyed = withLabelKeys({ ...given, containers } as PodSpec, labels);
  const { spec, qosClass } = admitPodSpec(cluster, keyed);
  object.spec = spec;
  object.status = { phase: "Pending", qosClass };
  return undefined;
}

/** Source: the admission plugin TaintNodesByCondition. */
function prepareNode(object: Draft): void {
  const spec = draftAt(object, "spec");
  const taints = Array.isArray(spec.taints) ? spec.taints : [];
  const taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
  const isThere = taints.some(
    (one) => textAt(one, "key") === taint.key && textAt(one, "effect") === taint.effect,
  );
  if (!isThere) spec.taints = [...taints, taint];
}

/** Source: registry/batch/job generateSelector. */
function prepareJob(object: Draft): void {
  const spec = draftAt(object, "spec");
  const metadata = draftAt(object, "metadata");
  if (spec.manualSelector !== true) {
    const labels = draftAt(draftAt(draftAt(spec, "template"), "metadata"), "labels");
    const { uid, name } = metadata;
    setDefaults(labels, {
      "batch.kubernetes.io/controller-uid": uid,
      "batch.kubernetes.io/job-name": name,
      "controller-uid": uid,
      "job-name": name,
    });
    draftAt(draftAt(spec, "selector"), "matchLabels")["batch.kubernetes.io/controller-uid"] = uid;
  }
  const labels = valueAt(spec, "template", "metadata", "labels");
  if (metadata.labels === undefined && labels !== undefined) metadata.labels = labels;
  object.status = {};
}

/** An address that a service asks for is its own alone. Source: registry/core/service Allocators. */
function refuseAddress(cluster: Cluster, info: KindInfo, object: Draft): ServerAnswer | undefined {
  const address = textAt(object, "spec", "clusterIP") ?? "None";
  if (address === "None") return undefined;
  const isTaken = cluster.stores.services
    .all()
    .some((service) => textAt(service, "spec", "clusterIP") === address);
  const detail = `failed to allocate IP ${address}: provided IP is already allocated`;
  const name = textAt(object, "metadata", "name") ?? "";
  return isTaken ? allInvalid(info, name, [bad("spec.clusterIPs", [address], detail)]) : undefined;
}

/** Addresses are drawn, not allocated: the world has far fewer services than addresses. */
function prepareService(cluster: Cluster, object: Draft): undefined {
  const spec = draftAt(object, "spec");
  object.status = { loadBalancer: {} };
  if (spec.type === "ExternalName") return;
  const byte = (): number => cluster.random.between(0, 255);
  if (spec.clusterIP === undefined) spec.clusterIP = `10.96.${byte()}.${byte()}`;
  const isBare = spec.clusterIP === "None" && spec.selector === undefined;
  setDefaults(spec, {
    clusterIPs: [spec.clusterIP],
    ipFamilies: isBare ? ["IPv4", "IPv6"] : ["IPv4"],
    ipFamilyPolicy: isBare ? "RequireDualStack" : "SingleStack",
  });
}
