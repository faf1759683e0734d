import { CODES, type Code } from "#model/codes.ts";
import type { Finding, Lane, ObservedBudget, ObservedNode, ObservedPod, Plan } from "#model/plan.ts";
import type { EvictRow, LaneOutline, PlanCounts, PlanOutline } from "./plan-outline.ts";
import { age, count, listed, pathOf } from "./words.ts";

/*
 * Sentences about a plan that its text and its Markdown share. Foreign names in them are raw: the
 * caller escapes or paints them.
 */

export function clusterNameOf(plan: Plan): string {
  const { cluster } = plan.content;
  return cluster.name || cluster.server || cluster.uid;
}

/** "3 of 12 nodes"; all there are where the plan takes pods alone. */
export function nodeShare(plan: Plan, counts: PlanCounts): string {
  const all = count(plan.content.cluster.nodeCount, "node");
  return counts.nodes === 0 ? all : `${counts.nodes} of ${all}`;
}

/** "node ip-10-0-1-4", "pods in default with app=web": a lane as people call it. */
export function laneTitle(lane: Lane): string {
  if (lane.kind === "node") return `node ${lane.node}`;
  const [, namespaces = "", ...selector] = lane.id.split("/");
  const where = listed(namespaces.split("+"));
  const which = selector.join("/");
  return `pods in ${where}${which === "" ? "" : ` with ${which}`}`;
}

export function countWords(plan: Plan, counts: PlanCounts): readonly string[] {
  const { limits, replace } = plan.content.spec;
  const atOnce = limits.maxUnavailableNodes;
  const pace = counts.nodes === 1 ? "" : atOnce === 1 ? ", one at a time" : `, ${atOnce} at a time`;
  const words: string[] = [];
  if (counts.nodes > 0) {
    const verb = replace.mode === "terminate" ? "roll" : "drain";
    words.push(`${verb} ${count(counts.nodes, "node")}${pace}`);
  }
  const isIdle = counts.evictions === 0 && counts.nodes === 0;
  words.push(isIdle ? "nothing to do: all that matches stays" : `evict ${count(counts.evictions, "pod")}`);
  if (counts.terminations > 0) words.push(`terminate ${count(counts.terminations, "instance")}`);
  return words;
}

/** "eu-west-1a", "m5.large", "41 d old", "launch template 1 → 2": what is known of a node. */
export function nodeFacts(outline: LaneOutline, plan: Plan): readonly string[] {
  const { node, group, lane } = outline;
  if (!node) return [];
  const facts = [node.zone, node.instanceType, ageOf(node, plan.meta.createdAt)];
  if (group && node.launchVersion !== "" && outline.rows.some(({ kind }) => kind === "terminate")) {
    facts.push(launchWords(node.launchVersion, group.launchVersion));
  }
  if (lane.kind === "node" && lane.controlPlane) facts.push("control plane");
  if (node.ready !== "True") facts.push("not Ready");
  if (node.unschedulable) facts.push(cordonWords(node, plan));
  return facts.filter((fact) => fact !== "");
}

function cordonWords({ uid }: ObservedNode, { content }: Plan): string {
  const isForeign = content.warnings.some(
    ({ code, object }) => code === "W-FOREIGN-CORDON" && object.uid === uid,
  );
  return isForeign ? "cordoned by somebody else" : "cordoned by an earlier run of dextre";
}

function ageOf(node: ObservedNode, at: string): string {
  const milliseconds = Date.parse(at) - Date.parse(node.createdAt);
  return Number.isNaN(milliseconds) ? "" : `${age(milliseconds)} old`;
}

const launchWords = (from: string, to: string): string =>
  from === to ? `launch version ${from}, unchanged` : `launch version ${from} → ${to}`;

/** "Deployment api 3/3", "unmanaged: nothing brings it back". */
export function ownerWords({ owner, workload }: EvictRow): string {
  if (owner === null) return "unmanaged: nothing brings it back";
  const ready = workload ? ` ${workload.readyPods}/${workload.replicas}` : "";
  return `${owner.kind} ${owner.name}${ready}`;
}

/** What else is so of an eviction. The budgets of a pod's sibling above it stand there. */
export function evictNotes(row: EvictRow): readonly string[] {
  const notes: string[] = [];
  if (row.followsSibling) notes.push("after the one above is replaced");
  else notes.push(...row.budgets.map(allowanceWords));
  if (row.awaitsNewNode) notes.push("replaced only on the new node");
  if (row.system) notes.push("system, last");
  return notes;
}

const allowanceWords = ({ name, disruptionsAllowed }: ObservedBudget): string =>
  `budget ${name}: ${disruptionsAllowed} allowed${disruptionsAllowed === 0 ? ", waits until it allows one" : ""}`;

export function budgetWords(budget: ObservedBudget): string {
  const floor =
    budget.minAvailable === null
      ? `at most ${budget.maxUnavailable ?? "?"} unavailable`
      : `at least ${budget.minAvailable} available`;
  return `${floor}, ${budget.currentHealthy}/${budget.expectedPods} healthy, ${budget.disruptionsAllowed} allowed now`;
}

/** "spec.pods.unmanaged: evict", with the flag where there is one. */
export function acceptanceOf(finding: Finding): string | undefined {
  const by = finding.acceptedBy;
  if (!by) return undefined;
  return by.flag === undefined ? by.field : `${by.field} (${by.flag})`;
}

/** "--evict-unmanaged"; a spec's field where nothing on the command line accepts it. */
export function acceptedByFlag(
  { acceptedBy: by }: Finding,
  others: Readonly<Record<string, string>>,
): string | undefined {
  if (!by) return undefined;
  return by.flag ?? others[by.field] ?? `${by.field} in a spec (no flag does)`;
}

/** "Pod default/bare: has a broken owner"; of a message that begins with its object the message alone. */
export function findingWords(finding: Finding): string {
  const object = findingObject(finding);
  const { message } = finding;
  const name = pathOf(finding.object);
  const named = [object.toLowerCase(), `budget ${name}`].find((start) => startsWith(message, start));
  return named === undefined ? `${object}: ${message}` : `${object}${message.slice(named.length)}`;
}

/** As a whole name: "pod default/a" does not begin "pod default/ab is …". */
const startsWith = (message: string, name: string): boolean =>
  message.toLowerCase().startsWith(name) && /^:? /.test(message.slice(name.length));

export const findingObject = (finding: Finding): string => `${finding.object.kind} ${pathOf(finding.object)}`;

/** "1 DaemonSet pod (kube-system/agent-2x)", "4 static pods (kube-system/etcd, …)": by the reason why they stay. */
export function stayWords(pods: readonly ObservedPod[], lane: Lane): readonly string[] {
  const byWord = new Map<string, ObservedPod[]>();
  for (const pod of pods) byWord.set(stayWord(pod), [...(byWord.get(stayWord(pod)) ?? []), pod]);
  return [...byWord].map(([word, group]) => {
    const shown = group
      .slice(0, 2)
      .map((pod) => pathOf({ ...pod, name: lane.kind === "node" ? staticName(pod) : pod.name }));
    const more = group.length > shown.length ? [`${group.length - shown.length} more`] : [];
    return `${count(group.length, `${word} pod`)} (${[...shown, ...more].join(", ")})`;
  });
}

/** A mirror pod's name is the static pod's with "-NODE" behind it, which says nothing new below its node. */
function staticName({ name, node, stays }: ObservedPod): string {
  const suffix = `-${node}`;
  return stays === "R-MIRROR-POD" && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

function stayWord({ stays }: ObservedPod): string {
  switch (stays) {
    case "R-DAEMON-POD":
      return "DaemonSet";
    case "R-MIRROR-POD":
      return "static";
    case "R-FINISHED-POD":
      return "finished";
    case "R-TERMINATING-POD":
      return "terminating";
    default:
      return stays ?? "";
  }
}

/** The sentence for a code. */
export const codeText = (code: Code): string => CODES[code];

/** "up to 20 more pods may land here …"; undefined where none can come from a planned node. */
export function discoveredWords(outline: LaneOutline, whole: PlanOutline): string | undefined {
  const { lane } = outline;
  if (lane.kind !== "node" || lane.maxDiscovered === 0) return undefined;
  const first = whole.lanes.find((other) => other.lane.kind === "node") === outline;
  const from = first ? "after this plan was made" : "from the nodes before";
  return `pods that land here ${from}: up to ${lane.maxDiscovered} are moved by the same rules`;
}
