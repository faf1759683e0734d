/**
 * What holds where a spec says nothing: the one place. Written as a spec writes it; a test holds
 * the `default` texts of dextre.schema.json equal to this.
 */
export const SPEC_DEFAULTS = {
  order: {
    nodes: ["zone", "oldestFirst"],
    pods: ["regularBeforeSystem", "priority", "name"],
  },
  limits: { maxUnavailableNodes: 1, podsInParallel: 1 },
  replace: { mode: "terminate" },
  pods: {
    unmanaged: "block",
    localStorage: "block",
    jobs: "block",
    unplaceable: "block",
    stableFor: "0s",
  },
  nodes: { stableFor: "0s", unreachable: "stop" },
  controlPlane: { allowOutage: false },
  timeouts: { eviction: "10m", replacement: "10m", node: "15m" },
} as const;
