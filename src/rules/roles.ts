import type { Node } from "#model/objects.ts";
import { compareTexts } from "./compare.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";
const ROLE_LABEL = "kubernetes.io/role";
const CONTROL_PLANE = "control-plane";

/** `control-plane` and `master` are one role, by its newer name. */
export function normalizeRole(role: string): string {
  return role === "master" ? CONTROL_PLANE : role;
}

/**
 * A node's roles, sorted: label node-role.kubernetes.io/R with any value, or kubernetes.io/role=R.
 * EKS sets neither; kOps dropped the second in 1.24.
 */
export function rolesOf(node: Node): readonly string[] {
  const roles = new Set<string>();
  for (const [label, value] of Object.entries(node.labels)) {
    if (label.startsWith(ROLE_PREFIX)) roles.add(normalizeRole(label.slice(ROLE_PREFIX.length)));
    if (label === ROLE_LABEL && value !== "") roles.add(normalizeRole(value));
  }
  return [...roles].sort(compareTexts);
}

export function hasRole(node: Node, role: string): boolean {
  return rolesOf(node).includes(normalizeRole(role));
}

/** Of role control-plane, master or apiserver: rolled only where named, and one at a time. */
export function isControlPlane(node: Node): boolean {
  return rolesOf(node).some((role) => role === CONTROL_PLANE || role === "apiserver");
}
