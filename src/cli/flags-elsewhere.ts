const OF_DRAIN: Readonly<Record<string, string>> = {
  "ignore-daemonsets": "take it out: pods of DaemonSets always stay",
  "delete-local-data": "did you mean --delete-emptydir-data?",
  force: "nothing is ever forced; --evict-unmanaged evicts pods that no controller brings back",
  "disable-eviction": "pods are evicted within their disruption budgets, or not at all",
  timeout: "set timeouts.eviction in a spec; it is 10m unless given",
};

/** Flags of kubectl, kops and terraform, with what does the same here; by the first word of the command. */
const FLAGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  drain: OF_DRAIN,
  roll: OF_DRAIN,
  plan: { "dry-run": "take it out: a plan changes nothing" },
  apply: {
    "auto-approve": "take it out: a saved plan is its own approval",
    "dry-run": "see the plan with: dextre show PLAN",
  },
};

/** What to do in place of a flag that another tool has; undefined where none is known by this name. */
export function flagElsewhere(command: string, flag: string): string | undefined {
  return FLAGS[command.split(" ", 1)[0] ?? ""]?.[flag];
}
