import { type Cluster, newMeta, ownerReference } from "./cluster.ts";
import { kinds } from "./kinds.ts";
import { admitPodSpec } from "./pod-admission.ts";
import { withCondition } from "./pod-state.ts";
import type { Labels, Pod, PodTemplate, Resource } from "./types.ts";

export interface PodDraft {
  readonly name: string;
  readonly namespace: string;
  readonly template: PodTemplate;
  readonly labels?: Labels;
  readonly generateName?: string;
  readonly finalizers?: readonly string[];
}

/** Creates a pod from its owner's template, as controllers do. */
export function createPod(cluster: Cluster, owner: Resource, draft: PodDraft): Pod {
  const { template } = draft;
  const annotations = template.metadata?.annotations;
  const { spec, qosClass } = admitPodSpec(cluster, template.spec);
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
      ...(draft.finalizers === undefined ? {} : { finalizers: draft.finalizers }),
    }),
    spec,
    status: {
      phase: "Pending",
      qosClass,
      ...(template.spec.nodeName === undefined
        ? {}
        : { conditions: withCondition([], { type: "PodScheduled", status: "True" }, cluster.agenda.now) }),
    },
  });
}
