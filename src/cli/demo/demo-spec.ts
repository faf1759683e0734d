/** The spec that the demo writes: also a first example. A terminal of 80 columns shows each line whole. */
export const DEMO_SPEC = `# Rolls every worker node: cordon, move the pods one by one, terminate the
# instance, wait for its successor. What is left out has a careful default,
# written out in the plan.
apiVersion: dextre.dev/v1alpha1
kind: Upgrade
metadata:
  name: demo
spec:
  targets:
    - kind: Nodes
      role: node                # the label node-role.kubernetes.io/node
  order:
    nodes: [zone, oldestFirst]  # zone by zone, the oldest node first
  timeouts:
    replacement: 2m             # within which an evicted pod is replaced
`;
