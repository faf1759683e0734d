/** Flags that several commands share, with kubectl's names where the idea is kubectl's. */
export const CLUSTER_ARGS = {
  kubeconfig: {
    type: "string",
    valueHint: "FILE",
    description: "Kubeconfig file; else $KUBECONFIG, else ~/.kube/config.",
  },
  context: {
    type: "string",
    valueHint: "NAME",
    description: "Context in the kubeconfig; else the current one.",
  },
} as const;

export const AWS_ARGS = {
  "aws-region": {
    type: "string",
    valueHint: "REGION",
    description: "Region of the auto scaling groups; else the spec's, else the nodes' own.",
  },
} as const;

export const STATE_ARGS = {
  "state-dir": {
    type: "string",
    valueHint: "FOLDER",
    description: "Where runs keep plan and journal; else $XDG_STATE_HOME/dextre, else ~/.local/state/dextre.",
  },
} as const;

export const YES_ARGS = {
  yes: {
    type: "boolean",
    alias: "y",
    description: "Accepted, and changes nothing: a saved plan is its own approval.",
  },
} as const;

export const APPROVE_ARGS = {
  approve: {
    type: "string",
    valueHint: "DIGEST",
    description: "The digest that was reviewed; another one exits 8.",
  },
} as const;
