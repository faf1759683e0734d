/** The drain of one node, with every default. */
export const drainSpec = (node: string): string => `apiVersion: dextre.dev/v1alpha1
kind: Upgrade
metadata: { name: bench-drain }
spec:
  targets: [{ kind: Nodes, names: [${node}] }]
  replace: { mode: none }
`;
