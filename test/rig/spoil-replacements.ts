import type { Scenario, ScenarioWorkload } from "#world/scenario.ts";
import { callKubernetes } from "./kubernetes-access.ts";
import { RigError } from "./rig-error.ts";
import { accessFor, type RigState } from "./rig-state.ts";

/**
 * From now on the pods that these workloads make never get Ready; those that stand are left alone.
 * A Deployment is paused, so that it leaves the template of its ReplicaSet alone.
 */
export async function spoilReplacements(state: RigState, { workloads }: Scenario): Promise<void> {
  for (const workload of workloads) if (workload.replacements === "neverReady") await spoil(state, workload);
}

async function spoil(
  state: RigState,
  { kind, name, namespace = "default" }: ScenarioWorkload,
): Promise<void> {
  const base = `/apis/apps/v1/namespaces/${namespace}`;
  const template = { metadata: { annotations: { "rig/never-ready": "true" } } };
  if (kind === "StatefulSet") {
    const spec = { updateStrategy: { type: "OnDelete", rollingUpdate: null }, template };
    return patch(state, `${base}/statefulsets/${name}`, { spec });
  }
  await patch(state, `${base}/deployments/${name}`, { spec: { paused: true } });
  const { body } = await callKubernetes(accessFor(state, "admin"), { path: `${base}/replicasets` });
  const { items } = body as { readonly items: readonly ReplicaSet[] };
  const owned = items.filter(({ metadata }) =>
    metadata.ownerReferences?.some((owner) => owner.name === name),
  );
  for (const { metadata } of owned) {
    await patch(state, `${base}/replicasets/${metadata.name}`, { spec: { template } });
  }
}

interface ReplicaSet {
  readonly metadata: {
    readonly name: string;
    readonly ownerReferences?: readonly { readonly name: string }[];
  };
}

async function patch(state: RigState, path: string, body: unknown): Promise<void> {
  const answer = await callKubernetes(accessFor(state, "admin"), { method: "PATCH", path, body });
  if (answer.status !== 200) throw new RigError(`PATCH ${path}: ${JSON.stringify(answer.body)}`);
}
