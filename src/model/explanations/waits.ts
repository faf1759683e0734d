import { type Explanations, NOTHING_TO_DO } from "./explanation.ts";

/** Why a step waits. A wait ends by itself, or by the step's timeout. */
export const WAITS = {
  "N-BUDGET": {
    about:
      "The disruption budget allows no eviction now, as its status or the server's 429 says. The pod is evicted as soon as it does, and the wait ends with timeouts.eviction.",
    todo: "Nothing at first; if it lasts, see which of its pods is not healthy: `kubectl describe poddisruptionbudget NAME`.",
  },
  "N-OWN-FLOOR": {
    about:
      "It is the last available pod of a workload that asks for several. dextre takes it only once another one serves, whether there is a budget or not.",
    todo: "See why the others are not Ready.",
  },
  "N-BUDGET-UNOBSERVED": {
    about:
      "The budget was changed and its controller has not counted anew, so the server lets nothing through yet.",
    todo: "Nothing; if it lasts, look at the kube-controller-manager.",
  },
  "N-THROTTLED": {
    about:
      "The API server asks to go slower (429 that is not about a budget). dextre waits as long as it says.",
    todo: NOTHING_TO_DO,
  },
  "N-SERVER-TROUBLE": {
    about:
      "The answer to a change was an error, or none came, or an admission webhook refuses. What took effect is looked at before anything is sent again.",
    todo: "If it lasts, read the server's message: a refusing webhook has to be mended by its owner.",
  },
  "N-NAMESPACE-TERMINATING": {
    about: "The pod's namespace is being deleted, so its pods go by themselves and evictions are refused.",
    todo: "If it lasts, see what holds the namespace: `kubectl get namespace NAME -o yaml`.",
  },
  "N-POD-TERMINATING": {
    about:
      "The evicted pod is stopping within its grace period. A StatefulSet's next pod only comes when it is gone.",
    todo: NOTHING_TO_DO,
  },
  "N-NO-REPLACEMENT-YET": {
    about: "The workload's controller has not made the new pod yet.",
    todo: "If it lasts, see the workload's events: a quota or a webhook may refuse the new pod.",
  },
  "N-REPLACEMENT-PENDING": {
    about:
      "The scheduler finds no node for the replacement; its message says why. The run stops when timeouts.replacement is over.",
    todo: "Make room: add a node, or uncordon the old one with the command that a stop prints.",
  },
  "N-REPLACEMENT-NOT-READY": {
    about:
      "The replacement runs and is not Ready yet, has an open readiness gate, or is Ready for less than minReadySeconds or pods.stableFor.",
    todo: "Nothing at first; if it lasts, see its probes: `kubectl describe pod NAME`.",
  },
  "N-REPLACEMENT-CRASHES": {
    about:
      "A container of the replacement does not start, or ends again and again, for the reason in the message (CrashLoopBackOff, ImagePullBackOff, …). No further pod moves meanwhile.",
    todo: "Mend the workload: `kubectl logs NAME --previous`. The run goes on by itself once it is Ready.",
  },
  "N-PODS-LEFT": {
    about: "Pods on the node are still stopping. No instance ends before the last one that can move is gone.",
    todo: "If it lasts, look at the pods and finalizers in the message.",
  },
  "N-INSTANCE-STOPPING": {
    about:
      "The instance is shutting down; or it is being found out whether a terminate that was sent before a stop took effect.",
    todo: NOTHING_TO_DO,
  },
  "N-NODE-OBJECT": {
    about:
      "The instance has ended, and its Node object is still listed. The cloud's node controller removes it; dextre never does.",
    todo: "If it lasts, look at the cloud controller manager.",
  },
  "N-AWAITING-INSTANCE": {
    about: "The group has not launched the successor yet, or it is not InService.",
    todo: "If it lasts, look at the group's activities, and whether its process Launch is suspended.",
  },
  "N-AWAITING-NODE": {
    about:
      "The new instance has not joined as a node, its node is not Ready, still has a taint that keeps pods off, or is Ready for less than nodes.stableFor.",
    todo: "If it lasts, look at the instance's console output and at the kubelet.",
  },
  "N-LAUNCH-FAILED": {
    about:
      "The newest scaling activity of the group failed, for the reason that AWS gives: no capacity in a zone, a quota, a broken launch template. AWS tries again by itself.",
    todo: "Remove the cause; the run goes on as soon as a launch succeeds.",
  },
  "N-MIRROR-PODS": {
    about:
      "The new control-plane node is Ready, but static pods that ran on the old one (kube-apiserver, etcd, …) are not Ready there yet. The next control-plane node waits for them.",
    todo: "If it lasts, look at these pods in kube-system.",
  },
  "N-CONTROL-PLANE": {
    about:
      "A control-plane node is only touched while all of them are Ready, because two down at a time may cost etcd its quorum.",
    todo: "Bring the nodes in the message back.",
  },
  "N-SCALING-BUSY": {
    about:
      "AWS answers that another scaling activity is in progress in the group. The call is sent again later.",
    todo: NOTHING_TO_DO,
  },
  "N-UNREACHABLE": {
    about:
      "The API server or AWS does not answer, or answers with errors of its own. The run stays where it is, asks again, and goes on by itself.",
    todo: "If it lasts, see to the network and to the server; the run stops at the step's timeout and can be resumed.",
  },
  "N-LOCK": {
    about:
      "Somebody's lock is there. It is watched for at most one lease duration: if it is not renewed, its holder is dead and the lock is taken over.",
    todo: NOTHING_TO_DO,
  },
} as const satisfies Explanations;
