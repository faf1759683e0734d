import type { NodesTarget, PodsTarget, Spec } from "#model/spec.ts";

type Parts = {
  readonly [K in keyof Spec]?: Spec[K] extends readonly unknown[] | string ? Spec[K] : Partial<Spec[K]>;
};

/** The careful defaults over one target: the nodes of role "node". Sections are merged field by field. */
export function aSpec(parts: Parts = {}): Spec {
  return {
    name: parts.name ?? "test",
    targets: parts.targets ?? [aNodesTarget()],
    order: { nodes: ["name"], pods: ["regularBeforeSystem", "priority", "name"], ...parts.order },
    limits: { maxUnavailableNodes: 1, podsInParallel: 1, maxDiscovered: null, ...parts.limits },
    replace: { mode: "terminate", ...parts.replace },
    pods: {
      unmanaged: "block",
      localStorage: "block",
      jobs: "block",
      unplaceable: "block",
      stableForSeconds: 0,
      gracePeriodSeconds: null,
      ...parts.pods,
    },
    nodes: { stableForSeconds: 0, unreachable: "stop", ...parts.nodes },
    controlPlane: { allowOutage: false, ...parts.controlPlane },
    timeouts: { evictionSeconds: 600, replacementSeconds: 600, nodeSeconds: 900, ...parts.timeouts },
    aws: { region: null, cluster: null, ...parts.aws },
  };
}

/** All nodes of role "node", unless something else is given. */
export function aNodesTarget(fields: Partial<Omit<NodesTarget, "kind">> = {}): NodesTarget {
  const nothingGiven = !(fields.selector || fields.groups?.length || fields.names?.length);
  return {
    kind: "Nodes",
    role: nothingGiven ? "node" : null,
    selector: null,
    groups: [],
    names: [],
    exclude: null,
    ...fields,
  };
}

/** The pods app=web in namespace default. */
export function aPodsTarget(fields: Partial<Omit<PodsTarget, "kind">> = {}): PodsTarget {
  return {
    kind: "Pods",
    namespaces: ["default"],
    selector: { requirements: [{ key: "app", operator: "In", values: ["web"] }] },
    ...fields,
  };
}
