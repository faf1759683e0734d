import type { ObjectRef } from "#model/objects.ts";
import type { Finding, Lane, Plan, PlanContent, Step } from "#model/plan.ts";
import type { DiffedFinding, DiffedPlan, ItemChange, PlanDiff } from "#model/plan-diff.ts";
import { diffFields } from "./diff-fields.ts";
import { diffLists } from "./diff-lists.ts";

/** From one plan to another: all that their digests cover, fields of a newer minor version and all. Pure. */
export function diffPlans(old: Plan, now: Plan): PlanDiff {
  const from = partsOf(old.content);
  const to = partsOf(now.content);
  const pathOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
    `${namespace}/${name}`;
  const nameOf = ({ name }: { readonly name: string }): string => name;
  const seen = { from: from.observed, to: to.observed };
  return {
    kind: "PlanDiff",
    isSame: old.digest === now.digest,
    old: headOf(old),
    new: headOf(now),
    lanes: diffLists(from.lanes, to.lanes, ({ id }) => id),
    steps: diffSteps(from, to),
    findings: diffLists(
      findingsOf(from),
      findingsOf(to),
      ({ code, object }) => `${code} ${objectKey(object)}`,
    ),
    excluded: diffLists(from.excluded, to.excluded, ({ target, object }) => `${target} ${objectKey(object)}`),
    spec: diffFields(from.spec, to.spec),
    observed: {
      nodes: diffLists(seen.from.nodes, seen.to.nodes, nameOf),
      pods: diffLists(seen.from.pods, seen.to.pods, pathOf),
      workloads: diffLists(seen.from.workloads, seen.to.workloads, (each) => `${each.kind} ${pathOf(each)}`),
      budgets: diffLists(seen.from.budgets, seen.to.budgets, pathOf),
      groups: diffLists(seen.from.groups, seen.to.groups, nameOf),
    },
    other: [...diffFields(from.rest, to.rest), ...diffFields(from.restObserved, to.restObserved, "observed")],
  };
}

const headOf = ({ content, digest, meta }: Plan): DiffedPlan => ({
  name: content.name,
  digest,
  createdAt: meta.createdAt,
  applyable: content.applyable,
});

/** What is compared in its own way, and the rest, whatever it is. */
function partsOf(content: PlanContent) {
  const { spec, observed, excluded, blockers, warnings, lanes, steps, ...rest } = content;
  const { nodes, pods, workloads, budgets, groups, ...restObserved } = observed;
  return { spec, observed, excluded, blockers, warnings, lanes, steps, rest, restObserved };
}

type Parts = ReturnType<typeof partsOf>;

function diffSteps(from: Parts, to: Parts): readonly ItemChange<Step>[] {
  const old = stepsByLane(from);
  const now = stepsByLane(to);
  const lanes = new Set([...now.keys(), ...old.keys()]);
  return [...lanes].flatMap((lane) => diffLists(old.get(lane) ?? [], now.get(lane) ?? [], ({ id }) => id));
}

function stepsByLane({ lanes, steps }: Parts): ReadonlyMap<Lane["id"], readonly Step[]> {
  const map = new Map<string, Step[]>(lanes.map(({ id }) => [id, []]));
  for (const step of steps) {
    const list = map.get(step.lane);
    if (list) list.push(step);
    else map.set(step.lane, [step]);
  }
  return map;
}

/** One list, so that a blocker that was accepted is one that changed. */
function findingsOf({ blockers, warnings }: Parts): readonly DiffedFinding[] {
  const as = (severity: DiffedFinding["severity"]) => (finding: Finding) => ({ severity, ...finding });
  return [...blockers.map(as("blocker")), ...warnings.map(as("warning"))];
}

const objectKey = ({ kind, namespace = "", name }: ObjectRef): string => `${kind} ${namespace}/${name}`;
