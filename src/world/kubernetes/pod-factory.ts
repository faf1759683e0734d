import { type Cluster, newMeta, ownerReference } from "./cluster.ts";
import { kinds } from "./kinds.ts";
import { withCondition } from "./pod-state.ts";
import { defaultTolerations } from "./taints.ts";
import type { Labels, Pod, PodSpec, PodTemplate, Resource } from "./types.ts";

export interface PodDraft {
  readonly name: string;
  readonly namespace: string;
  readonly template: PodTemplate;
  readonly labels?: Labels;
  readonly generateName?: string;
}

/** Creates a pod from its owner's template, as controllers do. */
export function createPod(cluster: Cluster, owner: Resource, draft: PodDraft): Pod {
  const { template } = draft;
  const annotations = template.metadata?.annotations;
  return cluster.stores.pods.put({
    apiVersion: "v1",
    kind: "Pod",
    metadata: newMeta(cluster, kinds.pods, {
      name: draft.name,
      ...(draft.generateName === undefined ? {} : { generateName: draft.generateName }),
      namespace: draft.namespace,
      labels: { ...template.metadata?.labels, ...draft.labels },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [ownerReference(owner)],
    }),
    spec: completePodSpec(template.spec),
    status: {
      phase: "Pending",
      ...(template.spec.nodeName === undefined
        ? {}
        : { conditions: withCondition([], { type: "PodScheduled", status: "True" }, cluster.agenda.now) }),
    },
  });
}

/** Fills in what admission fills in. */
export function completePodSpec(spec: PodSpec): PodSpec {
  const own = spec.tolerations ?? [];
  const tolerations = own.some((toleration) => toleration.key === undefined || toleration.key === "")
    ? own
    : [
        ...own,
        ...defaultTolerations.filter((extra) => !own.some((toleration) => toleration.key === extra.key)),
      ];
  return {
    ...spec,
    tolerations,
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
    restartPolicy: spec.restartPolicy ?? "Always",
  };
}
