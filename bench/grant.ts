import { callKubernetes, type KubernetesAccess } from "#test/rig/kubernetes-access.ts";

/** Gives the rig's user dextre one more right, on the whole cluster. */
export async function grant(
  admin: KubernetesAccess,
  rule: {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  },
): Promise<void> {
  const api = "rbac.authorization.k8s.io";
  const metadata = { name: "bench" };
  const objects = {
    clusterroles: { apiVersion: `${api}/v1`, kind: "ClusterRole", metadata, rules: [rule] },
    clusterrolebindings: {
      apiVersion: `${api}/v1`,
      kind: "ClusterRoleBinding",
      metadata,
      roleRef: { apiGroup: api, kind: "ClusterRole", name: "bench" },
      subjects: [{ apiGroup: api, kind: "User", name: "dextre" }],
    },
  };
  for (const [resource, body] of Object.entries(objects)) {
    const answer = await callKubernetes(admin, { method: "POST", path: `/apis/${api}/v1/${resource}`, body });
    if (answer.status !== 201) throw new Error(`${resource}: HTTP ${answer.status}`);
  }
}
