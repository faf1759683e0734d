import type { Node, Taint } from "./node-types.ts";
import type { Toleration } from "./pod-types.ts";

/** Source: corev1.Toleration.ToleratesTaint. */
export function isTolerated(taint: Taint, tolerations: readonly Toleration[] | undefined): boolean {
  return tolerationOf(taint, tolerations) !== undefined;
}

/** Of every taint but those that only ask to be avoided. */
export function toleratesHardTaints({ spec }: Node, tolerations: readonly Toleration[] | undefined): boolean {
  if (spec.taints === undefined) return true;
  return spec.taints.every((taint) => taint.effect === "PreferNoSchedule" || isTolerated(taint, tolerations));
}

/** The first toleration that answers the taint. */
export function tolerationOf(
  taint: Taint,
  tolerations: readonly Toleration[] | undefined,
): Toleration | undefined {
  if (tolerations === undefined) return undefined;
  for (const toleration of tolerations) if (tolerates(toleration, taint)) return toleration;
  return undefined;
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== "" && toleration.effect !== taint.effect) {
    return false;
  }
  const anyKey = toleration.key === undefined || toleration.key === "";
  if (!anyKey && toleration.key !== taint.key) return false;
  if (toleration.operator === "Exists") return true;
  return !anyKey && (toleration.value ?? "") === (taint.value ?? "");
}

export const unschedulableTaint: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

/** What DefaultTolerationSeconds adds to every pod. */
export const defaultTolerations: readonly Toleration[] = [
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
  { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
];

/** What the DaemonSet controller adds to its pods. */
export const daemonTolerations: readonly Toleration[] = [
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/memory-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/pid-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
];
