/** How long a mirror pod takes from its start to Ready where its group does not say. */
const usualReadyDelay = "2s";

/** The image of a static pod on a node, as its kubelet shows it to the API server. */
export function mirrorPod(
  component: string,
  node: { readonly name: string; readonly uid: string },
  readyDelay = usualReadyDelay,
): Readonly<Record<string, unknown>> {
  return {
    metadata: {
      name: `${component}-${node.name}`,
      labels: { component, tier: "control-plane", "k8s-app": component },
      annotations: {
        "kubernetes.io/config.mirror": node.uid.replaceAll("-", ""),
        "kubernetes.io/config.source": "file",
        "rig/ready-delay": readyDelay,
      },
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid, controller: true }],
    },
    spec: {
      nodeName: node.name,
      priorityClassName: "system-node-critical",
      hostNetwork: true,
      tolerations: [{ operator: "Exists", effect: "NoExecute" }],
      containers: [{ name: component, image: `registry.k8s.io/${component}:v1.36.3` }],
    },
  };
}
