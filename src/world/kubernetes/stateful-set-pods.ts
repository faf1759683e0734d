import { type Cluster, newMeta, tell } from "./cluster.ts";
import { deletePod } from "./deletion.ts";
import { kinds } from "./kinds.ts";
import { createPod } from "./pod-factory.ts";
import { noteRefusal, refusalOf } from "./pod-refusals.ts";
import type { Pod, PodTemplate } from "./pod-types.ts";
import type { StatefulSet } from "./workload-types.ts";

/** Of a pod of a StatefulSet: the number behind the last dash. */
export function ordinalOf(name: string): number {
  return Number(name.slice(name.lastIndexOf("-") + 1));
}

/** Creates the pod of an ordinal, with its claims, from the template of a revision; false where it is refused. */
export function createOrdinal(
  cluster: Cluster,
  set: StatefulSet,
  ordinal: number,
  { template, revision }: { readonly template: PodTemplate; readonly revision: string },
  lookAgain: () => void,
): boolean {
  const { namespace = "default" } = set.metadata;
  const name = `${set.metadata.name}-${ordinal}`;
  const identity = {
    hostname: name,
    ...(set.spec.serviceName === undefined ? {} : { subdomain: set.spec.serviceName }),
  };
  const { spec } = withClaims(cluster, set, template, name);
  const refusal = refusalOf(cluster, { namespace, name, spec });
  if (refusal !== undefined) {
    const message = `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${refusal}`;
    noteRefusal(cluster, set, { component: "statefulset-controller", message, lookAgain });
    return false;
  }
  createPod(cluster, set, {
    name,
    generateName: `${set.metadata.name}-`,
    namespace,
    template: { ...template, spec: { ...spec, ...identity } },
    labels: {
      "apps.kubernetes.io/pod-index": String(ordinal),
      "controller-revision-hash": revision,
      "statefulset.kubernetes.io/pod-name": name,
    },
  });
  const message = `Create Pod ${name} in StatefulSet ${set.metadata.name} successful`;
  tell(cluster, set, ["statefulset-controller", "Normal", "SuccessfulCreate"], message);
  return true;
}

export function deleteOrdinal(cluster: Cluster, set: StatefulSet, pod: Pod): void {
  deletePod(cluster, pod);
  const message = `Delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`;
  tell(cluster, set, ["statefulset-controller", "Normal", "SuccessfulDelete"], message);
}

/** The template with a volume for each claim template; claims are made on first use. */
function withClaims(cluster: Cluster, set: StatefulSet, template: PodTemplate, podName: string): PodTemplate {
  const templates = set.spec.volumeClaimTemplates ?? [];
  if (templates.length === 0) return template;
  const volumes = templates.map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: `${metadata.name}-${podName}` },
  }));
  for (const { metadata, spec } of templates) {
    createClaim(cluster, set, `${metadata.name}-${podName}`, spec);
  }
  const own = (template.spec.volumes ?? []).filter(({ name }) => !volumes.some((one) => one.name === name));
  return { ...template, spec: { ...template.spec, volumes: [...volumes, ...own] } };
}

function createClaim(cluster: Cluster, set: StatefulSet, name: string, spec: unknown): void {
  const { namespace = "default" } = set.metadata;
  if (cluster.stores.persistentvolumeclaims.get(namespace, name) !== undefined) return;
  const labels = set.spec.selector.matchLabels;
  cluster.stores.persistentvolumeclaims.put({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: newMeta(cluster, kinds.persistentvolumeclaims, {
      name,
      namespace,
      ...(labels === undefined ? {} : { labels }),
    }),
    spec: { ...(spec as object | undefined) },
    status: { phase: "Pending" },
  });
}
