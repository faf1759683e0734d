import { valueAt } from "../json.ts";
import type { KindInfo } from "./kinds.ts";
import type { Resource } from "./object-types.ts";

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
    case "statefulsets":
      return templateFields(spec);
    case "jobs":
      return templateFields(spec);
    case "services":
      return serviceFields(spec);
    case "horizontalpodautoscalers":
      return ["HorizontalPodAutoscalers: it only keeps them"];
    default:
      return [];
  }
}

function serviceFields(spec: unknown): readonly string[] {
  const type = valueAt(spec, "type");
  return type === "NodePort" || type === "LoadBalancer"
    ? [`spec.type ${type}: no port or address comes`]
    : [];
}

function templateFields(spec: unknown): readonly string[] {
  return podFields("spec.template.spec", valueAt(spec, "template", "spec"));
}

function podFields(path: string, spec: unknown): readonly string[] {
  return ["resourceClaims"]
    .filter((member) => valueAt(spec, member) !== undefined)
    .map((member) => `${path}.${member}`);
}
