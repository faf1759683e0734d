import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PlanContent } from "#model/plan.ts";
import type { PlanDiff } from "#model/plan-diff.ts";
import { diffLists } from "#planner/diff-lists.ts";
import { diffPlans } from "#planner/diff-plans.ts";
import { sealPlan } from "#schema/seal-plan.ts";
import { aPlanMeta } from "#test/builders/a-plan.ts";
import { aSpec } from "#test/builders/a-spec.ts";
import { anUnmanagedPodFinding, aRollingPlan } from "#test/render/a-rolling-plan.ts";

const { content } = aRollingPlan();
const plan = (fields: Partial<PlanContent> = {}) => sealPlan({ ...content, ...fields }, aPlanMeta());
const diff = (fields: Partial<PlanContent>): PlanDiff => diffPlans(plan(), plan(fields));

/** "added node/x/evict/…", one for each change. */
const stepsOf = ({ steps }: PlanDiff): readonly string[] =>
  steps.map(({ kind, item }) => `${kind} ${item.id}`);

const EMPTY = {
  lanes: [],
  steps: [],
  findings: [],
  excluded: [],
  spec: [],
  observed: { nodes: [], pods: [], workloads: [], budgets: [], groups: [] },
  other: [],
};

describe("the difference of two plans", () => {
  test("is none where only the times differ, and says that an approval holds", () => {
    const later = sealPlan(content, aPlanMeta({ createdAt: "2027-01-01T00:00:00Z" }));
    expect(diffPlans(plan(), later)).toMatchObject({ isSame: true, ...EMPTY });
  });

  test("names a pod that came and one that went by the ids of their steps, and nothing else", () => {
    const id = "node/ip-10-0-1-4/evict/default/web-2";
    const steps = content.steps.map((step) =>
      step.kind === "EvictPod" && step.id === id
        ? { ...step, id: id.replace("web-2", "web-9"), target: { ...step.target, name: "web-9" } }
        : step,
    );
    const found = diff({ steps });
    expect(found.isSame).toBe(false);
    expect(stepsOf(found)).toEqual([`added ${id.replace("web-2", "web-9")}`, `removed ${id}`]);
  });

  test("tells of a renewed StatefulSet pod as a change of its UID, from and to", () => {
    const steps = content.steps.map((step) =>
      step.kind === "EvictPod" && step.target.name === "db-0"
        ? { ...step, target: { ...step.target, uid: "new" } }
        : step,
    );
    const [change] = diff({ steps }).steps;
    expect(change).toMatchObject({ kind: "changed", item: { id: "node/ip-10-0-1-4/evict/default/db-0" } });
    expect(change?.kind === "changed" && change.fields).toEqual([
      { field: "target.uid", from: expect.any(String), to: "new" },
    ]);
  });

  test("tells of another order of nodes as a move of a node, not of its steps", () => {
    const [first, second] = content.lanes;
    if (!first || !second) throw new Error("the plan has changed");
    const found = diff({ lanes: [second, first] });
    expect(found.lanes).toHaveLength(1);
    expect(found.lanes[0]).toMatchObject({ kind: "moved" });
    expect(found.steps).toEqual([]);
  });

  test("tells of another order of pods on a node as the fewest moves", () => {
    const of = (name: string) =>
      content.steps.filter(({ id }) => id.endsWith(`ip-10-0-1-4/evict/default/${name}`));
    const rest = content.steps.filter((step) => !of("api-1").includes(step));
    const before = rest.findIndex((step) => of("web-2").includes(step)) + 1;
    const steps = [...rest.slice(0, before), ...of("api-1"), ...rest.slice(before)];
    expect(stepsOf(diff({ steps }))).toEqual(["moved node/ip-10-0-1-4/evict/default/api-1"]);
  });

  test("lists every step of a node that is new", () => {
    const lane = content.lanes[0];
    if (lane?.kind !== "node") throw new Error("the plan has changed");
    const old = plan({
      lanes: content.lanes.slice(1),
      steps: content.steps.filter((step) => step.lane !== lane.id),
    });
    const found = diffPlans(old, plan());
    expect(found.lanes).toEqual([{ kind: "added", item: lane }]);
    expect(found.steps.every(({ kind }) => kind === "added")).toBe(true);
    expect(found.steps).toHaveLength(content.steps.filter((step) => step.lane === lane.id).length);
  });

  test("names fields of the spec with their values", () => {
    const spec = aSpec({ ...content.spec, pods: { ...content.spec.pods, unmanaged: "evict" } });
    const old = plan({
      spec: aSpec({ ...content.spec, pods: { ...content.spec.pods, unmanaged: "block" } }),
    });
    expect(diffPlans(old, plan({ spec })).spec).toEqual([
      { field: "pods.unmanaged", from: "block", to: "evict" },
    ]);
  });

  test("tells of a blocker that was accepted as a change of one finding", () => {
    const { accepted: _, ...finding } = anUnmanagedPodFinding();
    const old = plan({ blockers: [finding], warnings: [], applyable: false });
    const found = diffPlans(old, plan({ blockers: [], warnings: [{ ...finding, accepted: true }] }));
    expect(found.findings).toMatchObject([
      {
        kind: "changed",
        fields: [
          { field: "severity", from: "blocker", to: "warning" },
          { field: "accepted", to: true },
        ],
      },
    ]);
    expect(found.other).toEqual([{ field: "applyable", from: false, to: true }]);
  });

  test("names fields that this version does not know", () => {
    const newer = { ...content, rollout: { waves: 2 } };
    expect(diffPlans(plan(), sealPlan(newer, aPlanMeta())).other).toEqual([
      { field: "rollout", to: { waves: 2 } },
    ]);
  });
});

/** Every place of a JSON value where a plain value stands. */
function leavesOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, child]) => leavesOf(child, [...path, key]));
}

function changeAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return typeof value === "boolean" ? !value : `${String(value)}!`;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (String(index) === key ? changeAt(item, rest) : item));
  }
  const fields: Readonly<Record<string, unknown>> = Object(value);
  return { ...fields, [key]: changeAt(fields[key], rest) };
}

test("plans with different digests always differ in something that is named", () => {
  const old = plan();
  for (const path of leavesOf(content)) {
    const now = { ...old, digest: "another", content: changeAt(content, path) as PlanContent };
    const { isSame, observed, ...lists } = diffPlans(old, now);
    const found = [...Object.values(lists), ...Object.values(observed)].filter(Array.isArray).flat();
    expect([path, isSame, found.length > 0]).toEqual([path, false, true]);
  }
});

describe("the difference of two lists", () => {
  const letters = fc.uniqueArray(fc.constantFrom(..."abcdefgh"), { maxLength: 8 });

  test("turns the old one into the new one, with a move only where order demands it", () => {
    fc.assert(
      fc.property(letters, letters, (from, to) => {
        const changes = diffLists(from, to, (letter) => letter);
        const of = (kind: string) => changes.filter((change) => change.kind === kind).map(({ item }) => item);
        expect(of("added").sort()).toEqual(to.filter((letter) => !from.includes(letter)).sort());
        expect(of("removed").sort()).toEqual(from.filter((letter) => !to.includes(letter)).sort());
        const stays = (list: readonly string[], other: readonly string[]) =>
          list.filter((letter) => other.includes(letter) && !of("moved").includes(letter));
        expect(stays(from, to)).toEqual(stays(to, from));
        if (stays(from, to).length === from.filter((letter) => to.includes(letter)).length) {
          expect(of("moved")).toEqual([]);
        }
      }),
    );
  });

  test("keeps equal keys apart by their order", () => {
    const changes = diffLists(["a", "a"], ["a", "a", "a"], (letter) => letter);
    expect(changes).toEqual([{ kind: "added", item: "a" }]);
  });

  test("takes little time for five thousand items in the opposite order", () => {
    const items = Array.from({ length: 5_000 }, (_, index) => String(index));
    expect(diffLists(items, items.toReversed(), (item) => item).length).toBeGreaterThan(4_500);
  });
});
