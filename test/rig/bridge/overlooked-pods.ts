import { callKubernetes, type KubernetesAccess } from "../kubernetes-access.ts";

interface RawPod {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName: string };
  readonly status: { readonly podIP?: string };
}

/** A kubelet that has not looked at a pod for this long has overlooked it. */
const overlookedMilliseconds = 1500;

/**
 * Touches pods that their kubelet has overlooked: on a busy machine kwok drops a pod that is bound to
 * a Node in the moment in which it takes the Node over (a DaemonSet's, as a rule), and would never start it.
 */
export class OverlookedPods {
  private readonly access: KubernetesAccess;
  /** UID of a pod that its kubelet has not looked at yet → when it was first seen so, or last touched. */
  private readonly boundSince = new Map<string, number>();

  constructor(access: KubernetesAccess) {
    this.access = access;
  }

  async touch(): Promise<void> {
    const pods = await this.waiting();
    const uids = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const uid of this.boundSince.keys()) if (!uids.has(uid)) this.boundSince.delete(uid);
    for (const pod of pods) {
      const now = performance.now();
      const since = this.boundSince.get(pod.metadata.uid) ?? now;
      this.boundSince.set(pod.metadata.uid, since);
      if (now - since < overlookedMilliseconds) continue;
      this.boundSince.set(pod.metadata.uid, now);
      await this.touchOne(pod);
    }
  }

  private async waiting(): Promise<readonly RawPod[]> {
    const query = new URLSearchParams({ fieldSelector: "status.phase=Pending,spec.nodeName!=" });
    const { body } = await callKubernetes(this.access, { path: `/api/v1/pods?${query}` });
    const { items } = body as { readonly items: readonly RawPod[] };
    return items.filter(({ status }) => status.podIP === undefined);
  }

  private async touchOne({ metadata, spec }: RawPod): Promise<void> {
    const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
    const annotations = { "rig/touched": new Date().toISOString() };
    await callKubernetes(this.access, { method: "PATCH", path, body: { metadata: { annotations } } });
    process.stdout.write(`touched ${metadata.name} on ${spec.nodeName}\n`);
  }
}
