import { valueAt } from "../json.ts";
import type { KindInfo } from "./kinds.ts";
import type { Resource } from "./object-types.ts";
import { recordsAt } from "./pod-validation.ts";

/**
 * A warning for each field by which a scheduler or a controller would act otherwise than this one does. What happens
 * inside a container (commands, probes, images) is no part of the model, and is not told.
 */
export function unmodelledWarnings({ plural }: KindInfo, { spec }: Resource): readonly string[] {
  return fieldsOf(plural, spec).map((field) => `the embedded cluster does not act on ${field}`);
}

function fieldsOf(plural: string, spec: unknown): readonly string[] {
  switch (plural) {
    case "pods":
      return podFields("spec", spec);
    case "deployments":
    case "replicasets":
    case "daemonsets":
      return templateFields(spec);
    case "statefulsets":
      return [...statefulSetFields(spec), ...templateFields(spec)];
    case "jobs":
      return [...jobFields(spec), ...templateFields(spec)];
    case "horizontalpodautoscalers":
      return ["HorizontalPodAutoscalers: it only keeps them"];
    default:
      return [];
  }
}

function templateFields(spec: unknown): readonly string[] {
  return podFields("spec.template.spec", valueAt(spec, "template", "spec"));
}

function present(path: string, value: unknown, ...members: readonly string[]): readonly string[] {
  return members
    .filter((member) => valueAt(value, member) !== undefined)
    .map((member) => `${path}.${member}`);
}

function statefulSetFields(spec: unknown): readonly string[] {
  const unavailable = valueAt(spec, "updateStrategy", "rollingUpdate", "maxUnavailable") ?? 1;
  const retention = valueAt(spec, "persistentVolumeClaimRetentionPolicy");
  const isKept = ["whenDeleted", "whenScaled"].every(
    (when) => (valueAt(retention, when) ?? "Retain") === "Retain",
  );
  return [
    ...(unavailable === 1 ? [] : ["spec.updateStrategy.rollingUpdate.maxUnavailable"]),
    ...(isKept ? [] : ["spec.persistentVolumeClaimRetentionPolicy"]),
  ];
}

function jobFields(spec: unknown): readonly string[] {
  return present("spec", spec, "podFailurePolicy");
}

function podFields(path: string, spec: unknown): readonly string[] {
  const spreads = recordsAt(spec, "topologySpreadConstraints");
  return [
    ...present(path, spec, "resourceClaims"),
    ...spreads.flatMap((spread, index) =>
      present(`${path}.topologySpreadConstraints[${index}]`, spread, "minDomains", "matchLabelKeys"),
    ),
    ...["podAffinity", "podAntiAffinity"].flatMap((kind) => {
      const list = "requiredDuringSchedulingIgnoredDuringExecution";
      return recordsAt(valueAt(spec, "affinity", kind), list).flatMap((term, index) =>
        present(
          `${path}.affinity.${kind}.${list}[${index}]`,
          term,
          "namespaceSelector",
          "matchLabelKeys",
          "mismatchLabelKeys",
        ),
      );
    }),
  ];
}
