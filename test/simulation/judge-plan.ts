import type { Plan, PlanContent } from "#model/plan.ts";
import type { NodesTarget, PodsTarget } from "#model/spec.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import { CANARY } from "./judge/output-rule.ts";
import { isEvictable } from "./judge/truth.ts";
import type { Universe } from "./universe.ts";

/** I2: a plan of a world at rest is about what its spec names, by the servers' own books, and about all of it. */
export function judgePlan(universe: Universe, { content }: Plan): void {
  const { judge } = universe;
  for (const [index, target] of content.spec.targets.entries()) {
    const [wanted, planned] =
      target.kind === "Nodes"
        ? [nodesOf(target, universe), nodesIn(content, index)]
        : [podsOf(target, content, universe), podsIn(content, index)];
    const missing = [...wanted].filter((uid) => !planned.has(uid));
    const extra = [...planned].filter((uid) => !wanted.has(uid));
    if (missing.length > 0) judge.report("I2", `target ${index} is planned without ${missing.join(", ")}`);
    if (extra.length > 0) judge.report("I2", `target ${index} is planned with ${extra.join(", ")}`);
  }
  for (const step of content.steps) {
    if (step.kind !== "TerminateInstance") continue;
    const node = universe.world.get("nodes", undefined, step.target.node);
    const instance = universe.world.fleet.instances.get(step.target.id);
    if (!node?.spec.providerID?.endsWith(`/${step.target.id}`) || instance?.group !== step.target.group)
      judge.report(
        "I2",
        `${step.target.id} of ${step.target.group} is planned to end for ${step.target.node}`,
      );
  }
  if (JSON.stringify(content).includes(CANARY)) judge.report("I14", "the plan tells a secret");
}

function nodesOf({ groups }: NodesTarget, { world }: Universe): ReadonlySet<string> {
  const isWanted = (providerId = ""): boolean => {
    const group = world.fleet.instances.get(providerId.split("/").at(-1) ?? "")?.group;
    return groups.length === 0 || groups.includes(group ?? "");
  };
  const nodes = world.list("nodes").filter(({ spec }) => isWanted(spec.providerID));
  return new Set(nodes.map(({ metadata }) => metadata.uid));
}

const nodesIn = ({ lanes }: PlanContent, target: number): ReadonlySet<string> =>
  new Set(lanes.flatMap((lane) => (lane.kind === "node" && lane.target === target ? lane.nodeUid : [])));

function podsOf(
  { namespaces, selector }: PodsTarget,
  { lanes }: PlanContent,
  { world }: Universe,
): ReadonlySet<string> {
  const rolled = new Set(lanes.flatMap((lane) => (lane.kind === "node" ? lane.node : [])));
  const isWanted = ({ metadata }: Pod): boolean =>
    namespaces.includes(metadata.namespace ?? "") &&
    selector.requirements.every(
      (one) => one.operator === "In" && one.values.includes(metadata.labels?.[one.key] ?? ""),
    );
  // Those on a node that is rolled move with it.
  const pods = world
    .list("pods")
    .filter((pod) => isEvictable(pod) && isWanted(pod) && !rolled.has(pod.spec.nodeName ?? ""));
  return new Set(pods.map(({ metadata }) => metadata.uid));
}

function podsIn({ lanes, steps }: PlanContent, target: number): ReadonlySet<string> {
  const ids = new Set(lanes.filter((lane) => lane.target === target).map(({ id }) => id));
  return new Set(
    steps.flatMap((step) => (step.kind === "EvictPod" && ids.has(step.lane) ? step.target.uid : [])),
  );
}
