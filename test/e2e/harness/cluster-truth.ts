import { callKubernetes } from "#test/rig/kubernetes-access.ts";
import type { RawObject } from "./read-state.ts";
import type { TestRig } from "./test-rig.ts";

/** The objects of a list, read as admin from etcd itself. */
export async function listAsAdmin(rig: TestRig, path: string): Promise<readonly RawObject[]> {
  const answer = await callKubernetes(rig.admin, { path });
  if (answer.status !== 200) throw new Error(`${path}: HTTP ${answer.status} ${JSON.stringify(answer.body)}`);
  return (answer.body as { readonly items: readonly RawObject[] }).items;
}

/** Names of the nodes that nothing may be scheduled to. */
export async function cordonedNodes(rig: TestRig): Promise<readonly string[]> {
  const nodes = await listAsAdmin(rig, "/api/v1/nodes");
  return nodes.filter((node) => node.spec?.unschedulable).map((node) => node.metadata.name);
}

/** "NODE KEY=VALUE" for every annotation of ours that stands on a node. */
export async function annotationsOfOurs(rig: TestRig): Promise<readonly string[]> {
  const nodes = await listAsAdmin(rig, "/api/v1/nodes");
  const ours = /dextre|^cluster-autoscaler\.kubernetes\.io\/scale-down-disabled$/;
  return nodes.flatMap(({ metadata }) =>
    Object.entries(metadata.annotations ?? {})
      .filter(([key]) => ours.test(key))
      .map(([key, value]) => `${metadata.name} ${key}=${value}`),
  );
}

/** "default/web" → "6/6": Ready pods out of the wanted, of every deployment and stateful set. */
export async function readyByWorkload(rig: TestRig): Promise<Readonly<Record<string, string>>> {
  const paths = ["/apis/apps/v1/deployments", "/apis/apps/v1/statefulsets"];
  const lists = await Promise.all(paths.map((path) => listAsAdmin(rig, path)));
  const entries = lists.flat().map((object) => {
    const workload = object as RawObject & {
      readonly spec: { readonly replicas: number };
      readonly status: { readonly readyReplicas?: number };
    };
    const { namespace, name } = workload.metadata;
    return [`${namespace}/${name}`, `${workload.status.readyReplicas ?? 0}/${workload.spec.replicas}`];
  });
  return Object.fromEntries(entries.sort()) as Readonly<Record<string, string>>;
}
