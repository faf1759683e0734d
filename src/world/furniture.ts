import { Random } from "./random.ts";
import { timestamp } from "./time.ts";
import type { World } from "./world.ts";

/**
 * What every cluster has from its beginning, beside what a scenario says. It has chance of its own: worlds go
 * the same way with and without.
 */
export function furnish(world: World, seed: number): void {
  const random = new Random(seed ^ 0x2545f491);
  const { stores } = world.cluster;
  const creationTimestamp = timestamp(world.now);
  for (const name of ["kube-node-lease", "kube-public"]) {
    if (stores.namespaces.get(undefined, name) !== undefined) continue;
    const labels = { "kubernetes.io/metadata.name": name };
    stores.namespaces.put({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, uid: random.uid(), resourceVersion: "", creationTimestamp, labels },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
  }
  stores.services.put({
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      uid: random.uid(),
      resourceVersion: "",
      creationTimestamp,
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: kubernetesService,
    status: { loadBalancer: {} },
  });
}

/** Gives the cluster its identity: worlds of one seed are otherwise the same cluster. */
export function identify(world: World, uid: string): void {
  const { namespaces } = world.cluster.stores;
  const system = namespaces.get(undefined, "kube-system");
  if (system === undefined) return;
  namespaces.remove(system);
  namespaces.put({ ...system, metadata: { ...system.metadata, uid } });
}

/** Source: measured, kube-apiserver v1.36. */
const kubernetesService = {
  clusterIP: "10.96.0.1",
  clusterIPs: ["10.96.0.1"],
  internalTrafficPolicy: "Cluster",
  ipFamilies: ["IPv4"],
  ipFamilyPolicy: "SingleStack",
  ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 443 }],
  sessionAffinity: "None",
  type: "ClusterIP",
};
