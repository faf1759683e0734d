import { type Explanations, NOTHING_TO_DO } from "./explanation.ts";

/** Why something is rolled or not, and how steps ended. */
export const REASONS = {
  "R-TARGET-NODE": {
    about:
      "The step stands in the plan because a Nodes target matches the node. An earlier target and an exclude selector come first.",
    todo: NOTHING_TO_DO,
  },
  "R-TARGET-POD": {
    about:
      "The step stands in the plan because a Pods target matches the pod. It is evicted once, by its UID; its replacement is not evicted again, although the selector matches it too.",
    todo: NOTHING_TO_DO,
  },
  "R-REGULAR-POD": {
    about:
      "The pod runs on a node that is drained, and is neither in kube-system nor of a system priority class. Regular pods move before system pods.",
    todo: NOTHING_TO_DO,
  },
  "R-SYSTEM-POD": {
    about:
      "The pod runs on a node that is drained, and is in namespace kube-system or of a priority class system-*. These move last, because others depend on them.",
    todo: NOTHING_TO_DO,
  },
  "R-DISCOVERED-POD": {
    about:
      "The pod came to the node after the plan was made, from a node that was drained before it, say. It was judged by the plan's own rules and written to the journal before it was touched. limits.maxDiscovered bounds how many there may be.",
    todo: NOTHING_TO_DO,
  },
  "R-EXCLUDED": {
    about: "The node matches the target and also its exclude selector, which wins.",
    todo: "Nothing; take the label off the node and plan again if it is to be rolled.",
  },
  "R-CONTROL-PLANE": {
    about:
      "The target matches a node of the role control-plane, master or apiserver, but names neither that role nor the node. Such nodes are never rolled by the way.",
    todo: "Give them a target of their own with role: control-plane.",
  },
  "R-EARLIER-TARGET": {
    about: "Two targets match it; it is rolled once, with the first.",
    todo: NOTHING_TO_DO,
  },
  "R-ON-PLANNED-NODE": {
    about: "A Pods target matches the pod, but its node is drained by this plan, which moves it anyway.",
    todo: NOTHING_TO_DO,
  },
  "R-MIRROR-POD": {
    about:
      "The kubelet runs it from a file on the node; an eviction would only hide it. It ends with its node.",
    todo: NOTHING_TO_DO,
  },
  "R-DAEMON-POD": {
    about:
      "A DaemonSet would put a new pod on the same node at once. It ends with its node, and the new node gets its own.",
    todo: NOTHING_TO_DO,
  },
  "R-FINISHED-POD": {
    about:
      "The pod has succeeded or failed: nothing runs any more, so there is nothing to move or to wait for.",
    todo: NOTHING_TO_DO,
  },
  "R-TERMINATING-POD": {
    about:
      "Somebody deleted or evicted the pod before. Another eviction could only shorten the grace that it was given, so it is only waited for.",
    todo: NOTHING_TO_DO,
  },
  "R-DONE": {
    about: "The step did what it is for.",
    todo: NOTHING_TO_DO,
  },
  "R-ALREADY-SO": {
    about:
      "Somebody else ended the instance before, or there was nothing to get back to. No call was sent; what follows is awaited as usual.",
    todo: NOTHING_TO_DO,
  },
  "R-POD-GONE": {
    about: "The planned pod was gone before it was its turn. Pods move; that is the normal case.",
    todo: NOTHING_TO_DO,
  },
  "R-POD-MOVED": {
    about: "The planned pod is on another node now, so it does not stand in the way of this one.",
    todo: NOTHING_TO_DO,
  },
  "R-POD-RENEWED": {
    about:
      "A pod of the planned name has another UID: the planned one is gone, and this one is a newcomer. It is judged as such and not evicted for its name.",
    todo: NOTHING_TO_DO,
  },
  "R-NODE-GONE": {
    about:
      "The planned node was gone before it was its turn, or went while it was worked on. Its remaining steps are over.",
    todo: NOTHING_TO_DO,
  },
  "R-NODE-RENEWED": {
    about:
      "A node of the planned name has another UID or another instance: the planned one is gone. The newcomer, its pods and its instance are left alone.",
    todo: "Make a new plan if the new node is to be rolled too.",
  },
  "R-NODE-EXCLUDED": {
    about:
      "Since the plan somebody gave the node a label that the target's exclude selector matches: the way to keep a node out of a run. Its steps are skipped.",
    todo: "Take the label off and make a new plan when it may be rolled.",
  },
  "R-REPLACED": {
    about:
      "The workload has as many pods Ready as before the eviction, each for minReadySeconds or pods.stableFor if that is longer. Counted from the pods themselves, never from a controller's status.",
    todo: NOTHING_TO_DO,
  },
  "R-NOT-REPLACED": {
    about: "Somebody scaled the workload down since, so it has all the pods that it asks for.",
    todo: NOTHING_TO_DO,
  },
  "R-OWNER-GONE": {
    about: "The workload was deleted or scaled to 0, so no replacement is due.",
    todo: NOTHING_TO_DO,
  },
  "R-JOB-SETTLED": {
    about: "The pod's Job has completed or failed, or is suspended, so it starts no new pod.",
    todo: "Look at the Job if it failed: `kubectl describe job NAME`.",
  },
  "R-NOTHING-COMES": {
    about: "The pod had no controller, and the spec accepted its loss with pods.unmanaged: evict.",
    todo: "Start what it did anew, if it is needed.",
  },
  "R-AWAITS-NODE": {
    about:
      "After the plan was made the last other node that might take the pod was cordoned, filled or taken away. The plan accepts such pods (pods.unplaceable: awaitNode), so the roll goes on, and its AwaitNewNode step ends only when the replacement is back.",
    todo: NOTHING_TO_DO,
  },
  "R-STUCK-POD": {
    about:
      "The node is not Ready and the pod terminates past its grace: only a kubelet could end it. nodes.unreachable: terminate lets it go with the instance; its replacement is awaited behind the new node.",
    todo: NOTHING_TO_DO,
  },
  "R-NEW-NODE": {
    about:
      "The group launched a new instance, and its node is Ready for nodes.stableFor, without the taints that keep pods off; of a control plane its static pods are Ready too.",
    todo: NOTHING_TO_DO,
  },
  "R-NO-SUCCESSOR": {
    about:
      "Somebody lowered the group's desired count meanwhile, and all the instances that it asks for now are in service with Ready nodes.",
    todo: "Nothing, if it was meant so.",
  },
} as const satisfies Explanations;
