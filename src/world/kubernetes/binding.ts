import { textAt } from "../json.ts";
import { boundPod } from "./bound-pod.ts";
import { type Cluster, storeOf } from "./cluster.ts";
import { kinds } from "./kinds.ts";
import { withCondition } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { badRequest, failure, ok, type ServerAnswer, wrongNamespace } from "./status.ts";

/** POST …/pods/NAME/binding: what a scheduler does. Source: registry/core/pod/storage assignPod. */
export function bindPod(cluster: Cluster, pod: Pod, body: unknown, isDryRun: boolean): ServerAnswer {
  const { name, namespace } = pod.metadata;
  if ((textAt(body, "metadata", "namespace") || namespace) !== namespace) return wrongNamespace();
  if (textAt(body, "metadata", "name") !== name) {
    return badRequest("name in URL does not match name in Binding object");
  }
  const node = textAt(body, "target", "name") ?? "";
  const kind = textAt(body, "target", "kind") ?? "Node";
  if (node === "" || kind !== "Node") {
    const wrong = `target.kind: Unsupported value: ${JSON.stringify(kind)}: supported values: "Node", "<empty>"`;
    return failure(500, undefined, node === "" ? "target.name: Required value" : wrong);
  }
  const refused = refuseBinding(pod);
  if (refused !== undefined) {
    const message = `Operation cannot be fulfilled on pods/binding "${name}": ${refused}`;
    return failure(409, "Conflict", message, { name, kind: "pods/binding" });
  }
  if (!isDryRun) storeOf(cluster, kinds.pods.plural).put(bound(cluster, pod, node));
  return ok({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 }, 201);
}

function refuseBinding({ metadata, spec }: Pod): string | undefined {
  if (metadata.deletionTimestamp !== undefined) {
    return `pod ${metadata.name} is being deleted, cannot be assigned to a host`;
  }
  if (spec.nodeName === undefined) return undefined;
  return `pod ${metadata.name} is already assigned to node ${JSON.stringify(spec.nodeName)}`;
}

/** A node that is not there is bound to as well, as the real server does. */
function bound(cluster: Cluster, pod: Pod, nodeName: string): Pod {
  const node = cluster.stores.nodes.get(undefined, nodeName);
  if (node !== undefined) return boundPod(cluster, pod, node);
  const scheduled = { type: "PodScheduled", status: "True" };
  const conditions = withCondition(pod.status.conditions, scheduled, cluster.agenda.now);
  return { ...pod, spec: { ...pod.spec, nodeName }, status: { ...pod.status, conditions } };
}
