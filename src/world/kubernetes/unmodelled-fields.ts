import { valueAt } from "../json.ts";
import type { KindInfo } from "./kinds.ts";
import type { Resource } from "./object-types.ts";

/**
 * A warning for each field by which a scheduler or a controller would act otherwise than this one does. What happens
 * inside a container (commands, probes, images) is no part of the model, and is not told.
 */
export function unmodelledWarnings({ plural }: KindInfo, object: Resource): readonly string[] {
  return fieldsOf(plural, object).map((field) => `the embedded cluster does not act on ${field}`);
}

function fieldsOf(plural: string, { spec, metadata }: Resource): readonly string[] {
  switch (plural) {
    case "nodes":
      return taintFields(spec);
    case "namespaces":
      return Object.keys(metadata.labels ?? {}).filter((key) => key.startsWith(podSecurity));
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

const podSecurity = "pod-security.kubernetes.io/";
/** By it the pods of a dead node are let go of at once. */
const outOfService = "node.kubernetes.io/out-of-service";

function taintFields(spec: unknown): readonly string[] {
  const taints = valueAt(spec, "taints");
  const isOut = Array.isArray(taints) && taints.some((one) => valueAt(one, "key") === outOfService);
  return isOut ? [`the taint ${outOfService}: stuck pods stay`] : [];
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
