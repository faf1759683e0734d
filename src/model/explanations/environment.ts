import type { Explanations } from "./explanation.ts";

/** Clusters, AWS, locks, runs, the command line, targets. */
export const ENVIRONMENT = {
  "E-KUBECONFIG": {
    about:
      "A kubeconfig is missing, unreadable, contradictory, or asks for something that dextre does not do: an unverified or plain http server, a SOCKS proxy. dextre never falls back to a service account or to localhost. Exit 65.",
    todo: "Mend the file and line in the message, or choose another with --kubeconfig or --context.",
  },
  "E-CONTEXT-MISSING": {
    about:
      "The context that --context names is not in the kubeconfig, or none is given and none is current. Guessing could reach the wrong cluster.",
    todo: "Name one of the contexts in the message with --context.",
  },
  "E-CLUSTER-UNREACHABLE": {
    about:
      "The API server could not be reached: no answer, no such host, a refused connection, or a certificate that does not verify. Before the first change this ends the command with exit 3; in a run it is waited out until the step's timeout.",
    todo: "Try `kubectl get nodes` with the same kubeconfig and context; see to network, VPN and proxy.",
  },
  "E-UNAUTHORIZED": {
    about: "The API server answered 401: the token or certificate is missing, expired or of another cluster.",
    todo: "Log in again as you do for kubectl, and repeat the command; a run that stopped is resumed.",
  },
  "E-FORBIDDEN": {
    about:
      "The API server answered 403, or says that these credentials lack what a run needs. apply asks for all permissions before its first change, so that it does not stop half-way for want of one.",
    todo: "Grant the verb that the message names; deploy/rbac.yaml holds all that dextre needs.",
  },
  "E-AWS-CREDENTIALS": {
    about:
      "The AWS SDK finds no credentials, or AWS says that they are expired or wrong. They are needed only where a plan terminates instances.",
    todo: "Log in to AWS as you do for its command line (AWS_PROFILE, SSO, environment), and repeat the command.",
  },
  "E-AWS-FORBIDDEN": {
    about: "AWS knows the credentials and refuses the call for want of a permission.",
    todo: "Grant the action in the message; deploy/iam.json holds all that dextre needs.",
  },
  "E-AWS-UNREACHABLE": {
    about: "AWS could not be reached, or did not answer in time; reads are tried again for a while before.",
    todo: "See to network and proxy, and to the region: a misspelt one has no address.",
  },
  "E-AWS-FAILED": {
    about:
      "AWS answered with an error that is none of the known ones, or the region cannot be told from the nodes, the spec or the environment.",
    todo: "Read the message; set spec.aws.region or give --aws-region where it is the region.",
  },
  "E-SERVER-FAILED": {
    about:
      "The API server answered with an error that is none of the known ones, or the lock could not be taken for two minutes because it was in trouble.",
    todo: "Look at the health of the API server, then repeat the command.",
  },
  "E-LOCKED": {
    about:
      "Another run is alive: it renews the Lease dextre in namespace dextre-system. Two runs at a time could break limits that each of them keeps. Exit 7, nothing was changed.",
    todo: "Wait for it; the message names its host, process and beginning. `dextre status` shows the lock.",
  },
  "E-RUN-OVERLAPS": {
    about:
      "A run that stopped unfinished works on a node, group or pod of this plan, or its abort was begun and not ended. Going on would act on what that run left half-way. Exit 7.",
    todo: "Resume that run's plan, or close it with the `dextre abort` in the message.",
  },
  "E-RUN-ELSEWHERE": {
    about:
      "A run of this very plan was begun on another machine, and its journal is a file there. Without it nobody knows which step was last sent. Exit 7.",
    todo: "Resume on the host and in the folder that the message names. Where that machine is gone, `dextre abort RUN` closes the run from here by what the cluster itself tells of it.",
  },
  "E-RUN-UNKNOWN": {
    about:
      "The run is known neither on this machine nor in the cluster's lock, it is finished already, it was closed by an abort from another machine, or the plan has no unfinished run to resume. Runs are kept by cluster below --state-dir.",
    todo: "See `dextre status`, with the --state-dir and --context of the run.",
  },
  "E-LOCK-LOST": {
    about:
      "The lock could not be renewed in time, or somebody else took it. Nothing is written later than 40 s after the last renewal, so the run stopped where it was.",
    todo: "See who holds the lock with `dextre status`, then resume.",
  },
  "E-LOCK-MISSING": {
    about:
      "The lock lives in namespace dextre-system, which does not exist, and these credentials may not create it. Exit 3, nothing was changed.",
    todo: "Let somebody who may do it run `kubectl create namespace dextre-system`, or apply deploy/rbac.yaml.",
  },
  "E-STATE-DIR": {
    about:
      "The folder for plans and journals of runs cannot be made, read or trusted: it must be yours, and nobody else may write to it.",
    todo: "Mend its owner and mode as the message says, or choose another with --state-dir.",
  },
  "E-USAGE": {
    about:
      "The command line has an unknown flag, a missing or extra word, a flag twice, or a value that is none. Nothing is guessed and nothing was called: a flag may choose a cluster. Exit 64.",
    todo: "See `dextre COMMAND --help`.",
  },
  "E-NOT-CONFIRMED": {
    about:
      "A one-liner shows what it will do and asks. The answer was not yes, or there is no terminal to ask on. Exit 8, nothing was changed.",
    todo: "Answer yes, or give -y where nobody can be asked; --dry-run only shows the plan.",
  },
  "E-UNEXPECTED": {
    about: "A fault of dextre itself. A run that was under way has every step in its journal. Exit 1.",
    todo: "Please report the message with what was done. `dextre status` shows whether a run is unfinished; it can be resumed or aborted.",
  },
  "E-NOTHING-MATCHES": {
    about:
      "A target matches no node or pod, or all that match are excluded. It is an error and not an empty plan, because it is nearly always a misspelt label. Exit 3.",
    todo: "Compare the selector with the labels: `kubectl get nodes --show-labels`, `kubectl get pods --show-labels`.",
  },
  "E-ROLE-UNKNOWN": {
    about:
      "No node has the role's label (node-role.kubernetes.io/ROLE, or kubernetes.io/role=ROLE). EKS sets none, and kOps no longer sets kubernetes.io/role.",
    todo: "Take one of the roles in the message, or choose by selector, groups or names.",
  },
  "E-NODE-UNKNOWN": {
    about:
      "No node has the name that the spec or the command line gives. Names are the API server's, not the instances'.",
    todo: "See `kubectl get nodes`.",
  },
  "E-GROUP-UNKNOWN": {
    about:
      "In a plan: no node is in an instance group or auto scaling group of this name. In a run: the group that the plan saw is gone, or another one has its name, so no successor would come from it.",
    todo: "Take one of the groups in the message; where the group is gone, make a new plan.",
  },
} as const satisfies Explanations;
