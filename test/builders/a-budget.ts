import type { Budget } from "#model/objects.ts";
import { uidOf } from "./fixed.ts";

/** A budget default/web over app=web: at least 2 of 3, all healthy, one disruption allowed. */
export function aBudget(fields: Partial<Budget> = {}): Budget {
  const namespace = fields.namespace ?? "default";
  const name = fields.name ?? "web";
  return {
    namespace,
    name,
    uid: uidOf(`PodDisruptionBudget ${namespace}/${name}`),
    resourceVersion: "1",
    selector: { requirements: [{ key: "app", operator: "In", values: [name] }] },
    minAvailable: "2",
    maxUnavailable: null,
    generation: 1,
    observedGeneration: 1,
    disruptionsAllowed: 1,
    currentHealthy: 3,
    desiredHealthy: 2,
    expectedPods: 3,
    unhealthyPodEvictionPolicy: "IfHealthyBudget",
    disruptedPods: [],
    condition: null,
    ...fields,
  };
}
