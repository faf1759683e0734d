import type { Resource } from "#world/kubernetes/object-types.ts";
import { createPod } from "#world/kubernetes/pod-factory.ts";
import { isNamespaceTerminating } from "#world/kubernetes/replica-sets.ts";
import type { CustomOwnerActor } from "../scenario-actors.ts";
import type { World } from "../world.ts";
import { milliseconds } from "./people.ts";

/** Makes the pods of a custom resource and, as its operator would, each again that goes. */
export function startCustomOwner(world: World, actor: CustomOwnerActor): void {
  const { cluster } = world;
  const owner: Resource = {
    apiVersion: actor.apiVersion,
    kind: actor.ownerKind,
    metadata: {
      name: actor.name,
      namespace: actor.namespace ?? "default",
      uid: cluster.random.uid(),
      resourceVersion: "",
      creationTimestamp: "",
    },
  };
  const names = Array.from({ length: actor.replicas }, (_, index) => `${actor.name}-${index}`);
  for (const name of names) createOwned(world, actor, owner, name);
  cluster.stores.pods.log.observe(({ type, object }) => {
    if (type !== "DELETED" || object.metadata.ownerReferences?.[0]?.uid !== owner.metadata.uid) return;
    const { name } = object.metadata;
    cluster.agenda.once(`custom/${owner.metadata.uid}/${name}`, milliseconds(actor.after ?? "2s"), () => {
      if (cluster.stores.pods.get(owner.metadata.namespace, name) !== undefined) return;
      if (!isNamespaceTerminating(cluster, object)) createOwned(world, actor, owner, name);
    });
  });
}

function createOwned(world: World, actor: CustomOwnerActor, owner: Resource, name: string): void {
  const container = {
    name: "c",
    image: `example/${actor.name}:1`,
    resources: { requests: actor.requests ?? { cpu: "100m" } },
  };
  const annotations = actor.ready === undefined ? {} : { "rig/ready-delay": actor.ready };
  createPod(world.cluster, owner, {
    name,
    namespace: owner.metadata.namespace ?? "default",
    template: { metadata: { labels: { app: actor.name }, annotations }, spec: { containers: [container] } },
  });
}
