import type { Explanations } from "./explanation.ts";

/** Specs, plan files, journals, files that are written. */
export const DOCUMENTS = {
  "E-SPEC-SYNTAX": {
    about:
      "The spec is not YAML as dextre reads it. Aliases, merge keys, a %YAML 1.1 line and a key that stands twice are refused too: they make a text mean something else than it seems to. Nothing was called.",
    todo: "Mend the line and column that the message names. `dextre validate -f FILE` shows every fault at once.",
  },
  "E-SPEC-UNKNOWN-FIELD": {
    about:
      "A field stands where the schema has none. It is refused and not ignored, because a misspelt limit or policy would silently fall back to its default.",
    todo: "Take the spelling or the place that the message suggests. `dextre schema` has every field, and lets an editor complete them.",
  },
  "E-SPEC-MISSING-FIELD": {
    about:
      "A field without a default is missing: apiVersion, kind, metadata.name and spec.targets are always needed, and a target needs something to choose by (of Nodes at least one of role, selector, groups and names).",
    todo: "Add the field at the place that the message names.",
  },
  "E-SPEC-WRONG-TYPE": {
    about:
      "The value is, say, a number where a text is needed, or one item where a list is. Unquoted, YAML reads true, null, 1e3 or 010 as no text.",
    todo: "Write the value as the message says; put texts that look like something else into quotes.",
  },
  "E-SPEC-BAD-VALUE": {
    about:
      "The value has the right type, but is not one of those allowed, is out of range, is given twice, or does not fit another field. A duration needs its unit: 600 could mean seconds or minutes.",
    todo: "Choose one of the values in the message, or see the field in `dextre schema`.",
  },
  "E-SPEC-NOT-BUILT": {
    about:
      "The value means something, but this version of dextre does not do it: limits above 1 are the usual case. It is refused, because a field that is accepted and not honoured would promise a care that nobody takes.",
    todo: "Write one of the values that the message offers, or take the field out.",
  },
  "E-SPEC-BAD-SELECTOR": {
    about:
      "A label selector is neither kubectl's syntax nor matchLabels and matchExpressions, or has a key, operator or value that the API server would not accept.",
    todo: "Mend it at the place in the message; try it with `kubectl get pods -l SELECTOR`.",
  },
  "E-SPEC-TOO-LARGE": {
    about:
      "A spec is a few lines long. One of more than 1 MiB, or nested very deeply, or with so many faults that listing them helps nobody, is not read: specs come from pull requests, and a hostile one must not exhaust the machine.",
    todo: "See whether the right file was given, and mend the first faults.",
  },
  "E-SPEC-READ": {
    about: "The file that -f names does not exist, is a folder, is larger than any spec, or may not be read.",
    todo: "Mend the path or the permissions; `-f -` reads standard input.",
  },
  "E-PLAN-READ": {
    about: "The plan file does not exist, is a folder, is larger than any plan, or may not be read.",
    todo: "Mend the path or the permissions. `dextre plan -f SPEC --out FILE` writes one.",
  },
  "E-PLAN-NOT-A-PLAN": {
    about:
      "The file is empty, cut short, has merge conflicts or a key twice, is something else than a plan (a spec, perhaps), or lacks parts of one. Nothing was called.",
    todo: "Make the plan anew. White space and key order do not matter, so a formatter is not the cause.",
  },
  "E-PLAN-EDITED": {
    about:
      "The digest or the checksum in the file does not match what it holds. A plan decides which pods are evicted and which instances end, so it is applied as it was made or not at all. Exit 3, nothing was changed.",
    todo: "Change the spec and make a new plan; a plan cannot be edited.",
  },
  "E-PLAN-FORMAT": {
    about:
      "The plan was written by a dextre whose format has another major version: what its fields mean may differ. Exit 3, nothing was changed.",
    todo: "Use the version of dextre that made it, or make a new plan. `dextre version` shows the format of this one.",
  },
  "E-PLAN-BLOCKED": {
    about:
      "Preflight found blockers (codes that begin with B-). Such a plan is written whole, so that it can be read, and cannot be applied. Exit 3, nothing was changed.",
    todo: "Settle each blocker, or accept it with the spec field that it names, and plan again.",
  },
  "E-PLAN-EXPIRED": {
    about:
      "The plan is older than --expires-in allowed (72h unless given), and no run of it was begun. What it saw may be long gone. A run that was begun may always be resumed, however old its plan is.",
    todo: "Make a new plan; `dextre diff OLD NEW` shows whether it says anything else.",
  },
  "E-PLAN-OTHER-CLUSTER": {
    about:
      "The UID of namespace kube-system differs: names of nodes and pods may be the same in both clusters, so going on could drain the wrong one. No flag overrides it. Exit 3, nothing was changed.",
    todo: "Select the right cluster with --context or --kubeconfig, or make a new plan for this one.",
  },
  "E-PLAN-OTHER-ACCOUNT": {
    about:
      "The AWS account or region is not the one in which the plan saw the auto scaling groups, or --aws-region names another region. No flag overrides it.",
    todo: "Use the credentials and region of the plan, or make a new plan.",
  },
  "E-PLAN-NOT-APPROVED": {
    about:
      "--approve names another digest than this plan's: what was reviewed is not what would be applied. Exit 8, nothing was changed.",
    todo: "Review this plan (`dextre show`, or `dextre diff` against the approved one) and approve its digest.",
  },
  "E-JOURNAL-DAMAGED": {
    about:
      "The run's journal or its copy of the plan does not fit together: each line carries the hash of the one before. A last line that a crash cut short is no damage. Going on from a wrong journal could repeat or forget a change, so its plan is refused. Other plans proceed, unless the lock names this run as unfinished on the same nodes.",
    todo: "Restore the run's folder from a backup if there is one. Else close the run with `dextre abort`, which goes by what the lock and the nodes tell, and make a new plan. See by hand what it left: `kubectl get nodes` shows cordoned nodes, `kubectl uncordon` gives them back.",
  },
  "E-JOURNAL-WRITE": {
    about:
      "The journal could not be made durable, because the disk is full or the folder went away, say. Nothing is sent whose intent is not on disk, so the run stopped there.",
    todo: "Make room or mend the disk, then `dextre resume PLAN`.",
  },
  "E-SCENARIO": {
    about:
      "The scenario of `dextre sandbox` is neither the name of one that comes with dextre nor a file that holds one. A field that does not exist is refused, because a misspelt one would silently give another cluster.",
    todo: "Take one of the names in `dextre sandbox --help`, or mend the places that the message names. `dextre sandbox` alone shows the scenario small.",
  },
  "E-OUTPUT-WRITE": {
    about:
      "The file that --out names could not be written: its folder does not exist, or may not be written to. The file is written whole or not at all, so an older one is still there. Exit 3. So too where `dextre sandbox` and `dextre demo` find no place for temporary files. Of standard output: what was written is not complete; exit 1.",
    todo: "Make the folder or choose another path, and run the command again.",
  },
} as const satisfies Explanations;
