import { bindingPrinter, rolePrinter } from "./access-printers.ts";
import {
  configMapPrinter,
  eventPrinter,
  leasePrinter,
  namespacePrinter,
  plainPrinter,
  priorityClassPrinter,
  secretPrinter,
  servicePrinter,
} from "./core-printers.ts";
import { nodePrinter } from "./node-printer.ts";
import { podPrinter } from "./pod-printer.ts";
import type { Printer } from "./printer.ts";
import { autoscalerPrinter, scalePrinter } from "./scaling-printers.ts";
import { volumeClaimPrinter, volumePrinter } from "./volume-printers.ts";
import {
  budgetPrinter,
  daemonSetPrinter,
  deploymentPrinter,
  jobPrinter,
  replicaSetPrinter,
  revisionPrinter,
  statefulSetPrinter,
} from "./workload-printers.ts";

/** By kind. Source of the columns: kube-apiserver v1.36, Table answers. */
const printers: Readonly<Record<string, Printer>> = {
  ClusterRole: rolePrinter,
  ClusterRoleBinding: bindingPrinter,
  ConfigMap: configMapPrinter,
  ControllerRevision: revisionPrinter,
  DaemonSet: daemonSetPrinter,
  Deployment: deploymentPrinter,
  Event: eventPrinter,
  HorizontalPodAutoscaler: autoscalerPrinter,
  Job: jobPrinter,
  Lease: leasePrinter,
  Namespace: namespacePrinter,
  Node: nodePrinter,
  PersistentVolume: volumePrinter,
  PersistentVolumeClaim: volumeClaimPrinter,
  Pod: podPrinter,
  PodDisruptionBudget: budgetPrinter,
  PriorityClass: priorityClassPrinter,
  ReplicaSet: replicaSetPrinter,
  Role: rolePrinter,
  RoleBinding: bindingPrinter,
  Scale: scalePrinter,
  Secret: secretPrinter,
  Service: servicePrinter,
  StatefulSet: statefulSetPrinter,
};

export const printerOf = (kind: string): Printer => printers[kind] ?? plainPrinter;
