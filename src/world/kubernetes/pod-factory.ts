import { type Cluster, newMeta, ownerReference } from "./cluster.ts";
import { generatedName } from "./generated-name.ts";
import { kinds } from "./kinds.ts";
import { withLabelKeys } from "./label-keys.ts";
import type { Labels, OwnerReference, Resource } from "./object-types.ts";
import { admitPodSpec } from "./pod-admission.ts";
import { withCondition } from "./pod-state.ts";
import type { Pod, PodTemplate } from "./pod-types.ts";

export interface PodDraft {
  /** Drawn from generateName where there is none. */
  readonly name?: string;
  readonly namespace: string;
  readonly template: PodTemplate;
  readonly labels?: Labels;
  readonly generateName?: string;
  readonly finalizers?: readonly string[];
}

/** Creates a pod from its owner's template, as controllers do. */
export function createPod(cluster: Cluster, owner: Resource, draft: PodDraft): Pod {
  const { template, namespace, generateName = "" } = draft;
  const name = draft.name ?? generatedName(cluster, kinds.pods, namespace, generateName);
  const annotations = template.metadata?.annotations;
  const labels = labelsOf(draft);
  const { spec, qosClass } = admitPodSpec(cluster, withLabelKeys(template.spec, labels));
  return cluster.stores.pods.put({
    apiVersion: "v1",
    kind: "Pod",
    metadata: newMeta(cluster, kinds.pods, {
      name,
      ...(draft.generateName === undefined ? {} : { generateName: draft.generateName }),
      namespace,
      labels,
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: referencesTo(owner),
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

/** Shared with the template where they are the same. */
function labelsOf({ template, labels }: PodDraft): Labels {
  const own = template.metadata?.labels ?? none;
  return labels === undefined ? own : { ...own, ...labels };
}

const none: Labels = {};
const known = new WeakMap<Resource, readonly OwnerReference[]>();

/** Shared by the pods that an owner creates at once. */
function referencesTo(owner: Resource): readonly OwnerReference[] {
  const before = known.get(owner);
  if (before !== undefined) return before;
  const references = [ownerReference(owner)];
  known.set(owner, references);
  return references;
}
