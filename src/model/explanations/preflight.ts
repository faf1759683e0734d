import type { Explanations } from "./explanation.ts";

/** Blockers and warnings of a plan, and drift at its apply. */
export const PREFLIGHT = {
  "B-UNMANAGED-POD": {
    about: "The pod has no controller: once it is evicted, nothing makes a new one, and what it did is over.",
    todo: "Move it under a controller or delete it yourself; or accept the loss with pods.unmanaged: evict (--evict-unmanaged).",
  },
  "B-LOCAL-STORAGE": {
    about:
      "The pod has an emptyDir, on disk or in memory. It goes with the pod, and its replacement begins with an empty one.",
    todo: "See whether anything in it is needed; accept the loss with pods.localStorage: evict (--delete-emptydir-data).",
  },
  "B-JOB-WOULD-FAIL": {
    about:
      "The pod's Job has no retries left (an evicted pod counts as failed unless a pod failure policy ignores disruptions), or the Job cannot be seen. The eviction would fail the whole Job.",
    todo: "Wait until the Job is through, raise its backoffLimit, or accept it with pods.jobs: evict.",
  },
  "B-TWO-BUDGETS": {
    about:
      "More than one PodDisruptionBudget selects the pod. The eviction API answers 500 to that, whatever the budgets allow, so waiting would not help.",
    todo: "Change the budgets' selectors so that one alone selects the pod. Nothing in the spec accepts it.",
  },
  "B-BUDGET-NEVER-ALLOWS": {
    about:
      "The budget wants as many healthy pods as there are (minAvailable equal to the replicas, or maxUnavailable 0), or its controller cannot count its pods. Evictions would be refused for ever.",
    todo: "Give the workload one more replica, or loosen the budget. Nothing in the spec accepts it.",
  },
  "B-UNPLACEABLE": {
    about:
      "A volume's zone, a node selector or a required (anti-)affinity leaves the pod no other Ready, uncordoned node: evicted, it would stay Pending. One replica per node is the usual case. In a run the code names a wait: a place may still turn up.",
    todo: "Make room for it elsewhere; or, where the node is replaced, accept with pods.unplaceable: awaitNode that it is down until the new node is Ready.",
  },
  "B-NO-INSTANCE": {
    about:
      "The plan is to replace nodes, but this one names no EC2 instance, or its instance is in no auto scaling group: nothing would launch a successor.",
    todo: "Take the node out of the target, or only drain it with replace.mode: none.",
  },
  "B-OTHER-CLUSTER": {
    about:
      "The spec's aws.cluster (--cluster) names a cluster, and a group in which the plan would end instances has another name in its tag KubernetesCluster, or no such tag. Mostly the kubeconfig's context is another one than meant.",
    todo: "Choose the cluster that was meant with --context or --kubeconfig; or correct the name, or leave it out. Nothing in the spec accepts it.",
  },
  "B-CONTROL-PLANE-OUTAGE": {
    about:
      "Without this node no Ready control-plane node is left. The API server would be away until the successor is up, and with it every control over the cluster.",
    todo: "Bring another control-plane node up first; or accept the outage with controlPlane.allowOutage: true.",
  },
  "B-DRAINED-NODES-STAY": {
    about:
      "With replace.mode: none a drained node stays cordoned, so every one of them counts as unavailable for good, and there are more than limits.maxUnavailableNodes allows.",
    todo: "Plan as many as the limit allows and uncordon or replace them before the next; or have them replaced with replace.mode: terminate.",
  },
  "W-PERMISSION-APPLY": {
    about:
      "The API server says that whoever planned lacks a permission that apply needs. A plan only reads, so that it can be made with credentials that can do nothing else, as in a check of a pull request. Apply asks about its own credentials and refuses with exit 3 before the first change.",
    todo: "Nothing, if others apply the plan. Else grant it: deploy/rbac.yaml holds all that dextre needs.",
  },
  "W-CLUSTER-UNCHECKED": {
    about:
      "The spec's aws.cluster (--cluster) is compared with the tag KubernetesCluster of the groups in which instances are ended. This plan ends none, so no group was read and the name protects from nothing.",
    todo: "See by the context or the server that it is the cluster that was meant.",
  },
  "W-BUDGET-WAITS": {
    about:
      "The budget allows no disruption at the moment, because a pod is not healthy, or was changed and not yet counted anew. Apply waits for it, for at most timeouts.eviction per pod.",
    todo: "Nothing, if its pods will be healthy soon; else see to them first.",
  },
  "W-SINGLE-REPLICA": {
    about: "The workload has one replica, so while its pod moves nothing serves.",
    todo: "Nothing, if that is bearable; else raise its replicas before apply.",
  },
  "W-CAPACITY": {
    about:
      "The pods of the node request more cpu, memory or pod slots than is free on the other nodes that they may run on. Some may stay Pending until the successor is Ready, or until their timeout. It is an estimate: the scheduler decides.",
    todo: "Add a node before apply, or accept the wait.",
  },
  "W-FOREIGN-CORDON": {
    about:
      "The node was cordoned before, and not by dextre. The drain goes ahead; an abort leaves that cordon as it was.",
    todo: "See why it was cordoned: perhaps somebody else is working on it.",
  },
  "W-INSTANCE-REFRESH": {
    about:
      "AWS is replacing instances of the group by itself, and not pod by pod. Both would take nodes away at the same time.",
    todo: "Wait for the refresh to end or cancel it: `aws autoscaling describe-instance-refreshes --auto-scaling-group-name GROUP`.",
  },
  "W-SUSPENDED-PROCESSES": {
    about:
      "Processes of the group are suspended. With Launch suspended no successor comes, and the run stops at its timeout; others change what the group does meanwhile.",
    todo: "Resume them before apply: `aws autoscaling resume-processes --auto-scaling-group-name GROUP`.",
  },
  "W-UNKNOWN-CONTROLLER": {
    about:
      "The pod belongs to a controller of a kind that dextre does not watch. Its replacement is told by Ready pods of the same controller alone.",
    todo: "Nothing, if that controller makes a new pod for each one that is evicted.",
  },
  "W-CA-DIFFERS": {
    about:
      "The cluster is the same by its identity, but its certificate authority is another one than the plan saw: a proxy, another kubeconfig, or a renewed authority.",
    todo: "Nothing, if you know why.",
  },
  "D-LAUNCH-TEMPLATE": {
    about:
      "The group's launch template or version is another one than the plan showed, so new nodes would be something else than was reviewed. Before a run it refuses with exit 3; in a run it stops the node before it is touched.",
    todo: "Make a new plan and review what the new instances are launched from.",
  },
  "D-BUDGET-TIGHTENED": {
    about:
      "A budget over the planned pods was changed, or is new, and never allows a disruption now. Before a run it refuses with exit 3; in a run it stops the node.",
    todo: "Ask who changed it, and why; loosen it and resume, or make a new plan.",
  },
  "D-NEW-NODES": {
    about:
      "Nodes that the targets match came after the plan was made. They are left alone: a plan does what was reviewed and no more.",
    todo: "Make another plan afterwards if they are to be rolled too.",
  },
  "D-CAPACITY-CHANGED": {
    about:
      "Somebody changed desired, min or max of a group since the plan, an autoscaler perhaps. dextre writes none of them.",
    todo: "Nothing, if it was meant so.",
  },
  "D-REPLICAS-CHANGED": {
    about:
      "A workload asks for another number of pods than the plan saw. Replacements are awaited by what it asks for now.",
    todo: "Nothing, if it was meant so.",
  },
} as const satisfies Explanations;
