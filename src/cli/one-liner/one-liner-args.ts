import { AWS_ARGS, CLUSTER_ARGS, STATE_ARGS } from "../common-args.ts";

/** Flags that drain, roll pods and roll nodes share. */
export const ONE_LINER_ARGS = {
  yes: { type: "boolean", alias: "y", description: "Do not ask: what is shown is carried out." },
  "skip-validation": { type: "boolean", description: "The same as --yes." },
  "dry-run": {
    type: "boolean",
    description: "Show the plan and end: 0, or 3 where something blocks it. Changes nothing.",
  },
  "grace-period": {
    type: "string",
    valueHint: "DURATION",
    description: "How long pods get to stop: 90s, 2m, or seconds; else each pod's own.",
  },
  "delete-emptydir-data": {
    type: "boolean",
    description: "Evict pods with an emptyDir too: what is in it is lost.",
  },
  "evict-unmanaged": {
    type: "boolean",
    description: "Evict pods too that no controller brings back: they are lost.",
  },
  cluster: {
    type: "string",
    valueHint: "NAME",
    description: "The cluster meant: groups with another KubernetesCluster tag are refused.",
  },
  "aws-region": {
    ...AWS_ARGS["aws-region"],
    description: "Region of the auto scaling groups; else the nodes' own.",
  },
  ...CLUSTER_ARGS,
  ...STATE_ARGS,
  verbose: {
    type: "boolean",
    description: "Show the whole plan: disruption budgets and what is left alone too.",
  },
} as const;

/** --label of the predecessor, -l and --selector of kubectl. */
export const LABEL_ARGS = {
  label: {
    type: "string",
    alias: "l",
    valueHint: "SELECTOR",
    description: "Labels, as kubectl writes them: app=web, or 'tier in (a,b),!legacy'.",
  },
  selector: { type: "string", valueHint: "SELECTOR", description: "The same as --label." },
} as const;
