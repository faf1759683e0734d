import { isEqualJson, isRecord, valueAt } from "../json.ts";
import { dataUpdateProblems } from "./data-validation.ts";
import { generatedProblems } from "./job-validation.ts";
import type { Plural } from "./kind-types.ts";
import type { KindInfo } from "./kinds.ts";
import { annotationsProblems, labelsProblems, nameProblems, qualifiedProblems } from "./names.ts";
import type { Resource } from "./object-types.ts";
import { mirrorProblems, paddedImageProblems, podUpdateProblems } from "./pod-update-validation.ts";
import { podSpecProblems } from "./pod-validation.ts";
import { bad, forbiddenField, immutable, required } from "./problems.ts";
import { bindingProblems, roleProblems, roleRefProblems } from "./rbac-validation.ts";
import {
  budgetProblems,
  leaseProblems,
  nodeProblems,
  plainProblems,
  serviceProblems,
} from "./small-validation.ts";
import type { Problem } from "./status.ts";
import {
  claimProblems,
  claimUpdateProblems,
  volumeProblems,
  volumeUpdateProblems,
} from "./volume-validation.ts";
import { workloadProblems, workloadUpdateProblems } from "./workload-validation.ts";

/** Everything wrong with a new object, in the server's order. Source: the Validate functions of pkg/apis. */
export function problemsOfNew(info: KindInfo, object: Resource): readonly Problem[] {
  const { name, generateName } = object.metadata;
  const named = generateName === undefined ? [] : nameProblems(info.plural, `${generateName}x`);
  return [
    ...named.map(({ reason, message }) => ({
      reason,
      message: message.replace(`"${generateName}x"`, `"${generateName}"`),
      field: "metadata.generateName",
    })),
    ...(name === ""
      ? [required("metadata.name", "name or generateName is required")]
      : nameProblems(info.plural, name)),
    ...metaProblems(object),
    ...finalizerProblems(info, object),
    ...ownProblems(info, object),
  ];
}

/**
 * Everything wrong with the next state of an object that is already there. What is wrong with the metadata is
 * told by the registry twice, and again by each kind's own validation.
 */
export function problemsOfUpdate(info: KindInfo, object: Resource, current: Resource): readonly Problem[] {
  const meta = metaProblems(object);
  const fixed = [...newFinalizerProblems(object, current), ...identityProblems(object, current)];
  const registry = [...meta, ...finalizerProblems(info, object), ...fixed, ...meta];
  const whole = judgedWhole.includes(info.plural) ? [...meta, ...finalizerProblems(info, object)] : [];
  if (info.plural === "nodes") {
    const taints = nodeProblems(object.spec);
    return [
      ...registry,
      ...whole,
      ...taints,
      ...fixed,
      ...meta,
      ...providerProblems(object, current),
      ...taints,
    ];
  }
  // a Job is judged as a new one, spec and all, and then as a changed one
  if (info.plural === "jobs") {
    const asNew = [...whole, ...ownProblems(info, object)];
    return [...registry, ...asNew, ...fixed, ...meta, ...ownUpdateProblems(info, object, current)];
  }
  const own = info.plural === "poddisruptionbudgets" ? [] : [...fixed, ...meta];
  return [...registry, ...own, ...whole, ...ownUpdateProblems(info, object, current)];
}

/** Kinds whose updates are also judged as if they were new. Source: measured, by how often a cause is told. */
const judgedWhole: readonly Plural[] = ["nodes", "namespaces", "pods", "configmaps", "secrets", "jobs"];

function metaProblems({ metadata }: Resource): readonly Problem[] {
  return [
    ...labelsProblems("metadata.labels", metadata.labels),
    ...annotationsProblems("metadata.annotations", metadata.annotations),
    ...ownerProblems(metadata.ownerReferences),
  ];
}

function ownerProblems(owners: unknown): readonly Problem[] {
  if (!Array.isArray(owners)) return [];
  const field = "metadata.ownerReferences";
  const missing = owners
    .filter(isRecord)
    .flatMap((owner) =>
      ["apiVersion", "kind", "name", "uid"]
        .filter((member) => (owner[member] ?? "") === "")
        .map((member) =>
          bad(
            `${field}.${member}`,
            "",
            member === "apiVersion" ? "version must not be empty" : "must not be empty",
          ),
        ),
    );
  const [first, second] = owners
    .filter((owner) => isRecord(owner) && owner.controller === true)
    .filter(isRecord);
  if (first === undefined || second === undefined) return missing;
  const names = [first, second].map((owner) => `${String(owner.kind)}/${String(owner.name)}`).join(" and ");
  const detail = `Only one reference can have Controller set to true. Found "true" in references for ${names}`;
  return [...missing, bad(field, owners, detail)];
}

const standardFinalizers: readonly string[] = ["orphan", "foregroundDeletion", "kubernetes"];

/** Leases and budgets take names that are not qualified, too. */
function finalizerProblems({ plural }: KindInfo, { metadata }: Resource): readonly Problem[] {
  const detail = "name is neither a standard finalizer name nor is it fully qualified";
  const names = metadata.finalizers ?? [];
  return [
    ...names.flatMap((name) => qualifiedProblems("metadata.finalizers", name)),
    ...names.flatMap((name, index) =>
      name.includes("/") ||
      standardFinalizers.includes(name) ||
      ["leases", "poddisruptionbudgets"].includes(plural)
        ? []
        : [bad(`metadata.finalizers[${index}]`, name, detail)],
    ),
  ];
}

function newFinalizerProblems(object: Resource, { metadata }: Resource): readonly Problem[] {
  if (metadata.deletionTimestamp === undefined) return [];
  const added = (object.metadata.finalizers ?? []).filter(
    (one) => metadata.finalizers?.includes(one) !== true,
  );
  if (added.length === 0) return [];
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((one) => JSON.stringify(one)).join(", ")}}`;
  return [forbiddenField("metadata.finalizers", detail)];
}

function identityProblems({ metadata }: Resource, current: Resource): readonly Problem[] {
  if (metadata.uid === current.metadata.uid) return [];
  return [bad("metadata.uid", metadata.uid, immutable)];
}

function ownProblems(info: KindInfo, object: Resource): readonly Problem[] {
  switch (info.plural) {
    case "pods":
      return [...podSpecProblems("spec", object.spec), ...paddedImageProblems(object.spec)];
    case "deployments":
    case "replicasets":
    case "statefulsets":
    case "daemonsets":
      return workloadProblems(info.plural, object.spec);
    case "jobs":
      return [
        ...generatedProblems(object.metadata, object.spec),
        ...workloadProblems(info.plural, object.spec),
      ];
    case "poddisruptionbudgets":
      return budgetProblems(object.spec);
    case "leases":
      return leaseProblems(object.spec);
    case "nodes":
      return nodeProblems(object.spec);
    case "services":
      return serviceProblems(object.spec);
    case "persistentvolumeclaims":
      return claimProblems(object.spec);
    case "persistentvolumes":
      return volumeProblems(object.spec);
    case "roles":
    case "clusterroles":
      return roleProblems(object, info.isNamespaced);
    case "rolebindings":
    case "clusterrolebindings":
      return bindingProblems(object, info.isNamespaced);
    default:
      return plainProblems(info.plural, object);
  }
}

function ownUpdateProblems(info: KindInfo, object: Resource, current: Resource): readonly Problem[] {
  switch (info.plural) {
    case "pods":
      return [...mirrorProblems(object, current), ...podUpdateProblems(object.spec, current.spec)];
    case "deployments":
    case "replicasets":
    case "statefulsets":
    case "daemonsets":
    case "jobs":
      return workloadUpdateProblems(info.plural, object.spec, current.spec);
    case "persistentvolumeclaims":
      return claimUpdateProblems(object, current);
    case "persistentvolumes":
      return volumeUpdateProblems(object, current);
    case "configmaps":
    case "secrets":
      return [...dataUpdateProblems(object, current), ...plainProblems(info.plural, object)];
    case "priorityclasses":
      return valueAt(object, "value") === valueAt(current, "value")
        ? []
        : [forbiddenField("value", "may not be changed in an update.")];
    case "rolebindings":
    case "clusterrolebindings":
      return [...ownProblems(info, object), ...roleRefProblems(object, current)];
    case "controllerrevisions": {
      const data = valueAt(object, "data");
      return isEqualJson(data, valueAt(current, "data")) ? [] : [bad("data", data, immutable)];
    }
    default:
      return ownProblems(info, object);
  }
}

function providerProblems(object: Resource, current: Resource): readonly Problem[] {
  const before = valueAt(current, "spec", "providerID") ?? "";
  if (before === "" || valueAt(object, "spec", "providerID") === before) return [];
  const detail = 'node updates may not change providerID except from "" to valid';
  return [forbiddenField("spec.providerID", detail)];
}
