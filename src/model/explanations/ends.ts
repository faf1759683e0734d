import { type Explanations, NOTHING_TO_DO } from "./explanation.ts";

/** Why a run or a node stops, and notices of a run. */
export const ENDS = {
  "E-EVICTION-TIMEOUT": {
    about:
      "The pod could not be evicted within timeouts.eviction and its grace period, mostly because its budget allowed nothing. The message has the last reason. Exit 5, resumable; the node stays cordoned.",
    todo: "Look at what the printed command shows, mend it, then resume; or abort.",
  },
  "E-REPLACEMENT-TIMEOUT": {
    about:
      "The replacement of an evicted pod was not Ready within timeouts.replacement. No further pod moves, so that a broken workload does not lose the next one too. Exit 5, resumable.",
    todo: "Mend the workload or make room for it; `kubectl uncordon NODE` gives the old place back. Then resume or abort.",
  },
  "E-NODE-TIMEOUT": {
    about:
      "A node did not become empty, go away or come up within timeouts.node, or could not be cordoned or terminated in time. Exit 5, resumable.",
    todo: "Look at what the message names: the group's activities, the node, the API server. Then resume.",
  },
  "E-DISCOVERED-BLOCKED": {
    about:
      "A pod that the plan does not know came to the node, and the plan's rules forbid to evict it. That node stops, the others go on; its cordon is taken back if nothing was evicted from it yet.",
    todo: "Resume once the pod is gone, or make a new plan that accepts it with the field in the message.",
  },
  "E-TOO-MANY-DISCOVERED": {
    about:
      "More pods came to the node than limits.maxDiscovered allows. Pods that tolerate every taint and come straight back would be moved for ever; the bound ends that. That node stops, the others go on.",
    todo: "See where the pods come from; a new plan with a higher limits.maxDiscovered allows more.",
  },
  "E-HUMAN-UNCORDON": {
    about:
      "Somebody uncordoned the node while it was drained: new pods may land on it, and whoever did it wants it back. That node stops, the others go on.",
    todo: "Ask who it was. `kubectl cordon NODE` and resume, or abort the run.",
  },
  "E-POD-STUCK": {
    about:
      "Pods do not leave the node: they terminate past their grace on a node that is not Ready, so nothing more will happen, or a finalizer or a slow stop held them for longer than timeouts.node. Exit 5, resumable.",
    todo: "Look at the pods in the message. Where the node is dead, a plan with nodes.unreachable: terminate ends its instance all the same.",
  },
  "E-NODE-CAME-BACK": {
    about:
      "The instance has ended, yet its Node object is Ready again: a new instance inherited the name, and with it the cordon and the old providerID. dextre never deletes nodes and takes no name for an identity.",
    todo: "Run the `kubectl delete node` of the message, so that the new instance registers anew, then resume.",
  },
  "E-TERMINATE-REFUSED": {
    about:
      "AWS refuses to terminate the instance, for the reason in the message: a missing permission, or a group that may not be changed. The node is empty and cordoned. Exit 5, resumable.",
    todo: "Remove the cause, then resume; or abort to uncordon the node.",
  },
  "E-OUTCOME-UNKNOWN": {
    about:
      "A change was sent, and whether it took effect could not be found out, because the server no longer answered. Nothing is repeated on a guess. Exit 6.",
    todo: "Resume once the server answers: it is asked first what took effect.",
  },
  "E-SIGNAL": {
    about:
      "SIGINT or SIGTERM, or the parent process is gone. The run stopped at a safe point, within 5 seconds; what is cordoned is printed. Exit 4, resumable.",
    todo: "Resume or abort with the printed command.",
  },
  "E-NODES-STOPPED": {
    about:
      "Everything that could run has run, but at least one node stopped on its way for the reason that the message gives first. Exit 5, resumable.",
    todo: "Settle the reasons in the report, then resume.",
  },
  "N-ALREADY-APPLIED": {
    about: "A run of this very plan file is finished; it is not applied twice. Exit 0.",
    todo: "Make a new plan to roll the same nodes or pods again.",
  },
  "N-FINISHED": {
    about: "Every step of the plan is done, or was found done. Exit 0.",
    todo: NOTHING_TO_DO,
  },
  "N-OTHER-RUN": {
    about:
      "Another run stopped unfinished, but shares no node, group or pod with this plan, so it does not stand in the way.",
    todo: "Resume or abort it when there is time: `dextre status` shows it.",
  },
  "N-UNDONE": {
    about:
      "What the run did and still stood as it left it is taken back: its cordons and its annotations on nodes. The run is closed.",
    todo: NOTHING_TO_DO,
  },
  "N-LEFT": {
    about:
      "Something was not taken back: others changed it since, or its instance is ending and nothing shall land there any more. The message says which.",
    todo: "Abort again where the message says so; else decide by hand.",
  },
} as const satisfies Explanations;
