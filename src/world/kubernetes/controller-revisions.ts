import { isEqualJson, valueAt } from "../json.ts";
import { type Cluster, newMeta, ownerReference } from "./cluster.ts";
import { deleteObject } from "./deletion.ts";
import { kinds } from "./kinds.ts";
import type { PodTemplate } from "./pod-types.ts";
import type { ControllerRevision, DaemonSet, StatefulSet } from "./workload-types.ts";

/** The past templates of a StatefulSet or DaemonSet. */
export interface Revisions {
  /** Oldest first. */
  readonly all: readonly ControllerRevision[];
  /** The one that has the owner's template now. */
  readonly update: ControllerRevision;
}

/** Label that holds a revision's hash. Source: history.ControllerRevisionHashLabel, DefaultDaemonSetUniqueLabelKey. */
type HashLabel = "controller.kubernetes.io/hash" | "controller-revision-hash";

/** Finds the revision of the owner's template, makes it, or takes an old one up again with a new number. */
export function syncRevisions(
  cluster: Cluster,
  owner: StatefulSet | DaemonSet,
  hashLabel: HashLabel,
): Revisions {
  const all = cluster.stores.controllerrevisions
    .ownedBy(owner.metadata.uid)
    .toSorted((left, right) => left.revision - right.revision);
  const last = all.at(-1);
  const data = dataOf(owner.spec.template);
  if (last !== undefined && isEqualJson(last.data, data)) return { all, update: last };
  const revision = (last?.revision ?? 0) + 1;
  const equal = all.findLast((one) => isEqualJson(one.data, data));
  if (equal !== undefined) {
    const update = cluster.stores.controllerrevisions.put({ ...equal, revision });
    return { all: [...all.filter((one) => one !== equal), update], update };
  }
  const update = create(cluster, owner, hashLabel, { data, revision });
  return { all: [...all, update], update };
}

function dataOf(template: PodTemplate): unknown {
  return { spec: { template: { $patch: "replace", ...template } } };
}

function create(
  cluster: Cluster,
  owner: StatefulSet | DaemonSet,
  hashLabel: HashLabel,
  content: { readonly data: unknown; readonly revision: number },
): ControllerRevision {
  const { name, namespace = "default", annotations } = owner.metadata;
  const hash = cluster.random.suffix(10);
  return cluster.stores.controllerrevisions.put({
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: newMeta(cluster, kinds.controllerrevisions, {
      name: `${name}-${hash}`,
      namespace,
      labels: { ...owner.spec.template.metadata?.labels, [hashLabel]: hash },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [ownerReference(owner)],
    }),
    ...content,
  });
}

/** The template that a revision keeps. */
export function templateOf(revision: ControllerRevision): PodTemplate {
  const template = valueAt(revision.data, "spec", "template") as PodTemplate & { readonly $patch?: string };
  const { $patch: _patch, ...plain } = template;
  return plain;
}

/** Deletes the oldest revisions that nothing uses any more, beyond the limit. */
export function forgetRevisions(
  cluster: Cluster,
  { all }: Revisions,
  isLive: (revision: ControllerRevision) => boolean,
  limit = 10,
): void {
  const history = all.filter((revision) => !isLive(revision));
  for (const revision of history.slice(0, Math.max(0, history.length - limit))) {
    deleteObject(cluster, "controllerrevisions", revision);
  }
}
