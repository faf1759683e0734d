import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readySteps } from "#executor/ready-steps.ts";
import { isSettled, type RunState, stepsOfLane } from "#executor/run-state.ts";
import type { PlanContent } from "#model/plan.ts";
import type { RunRecord } from "#model/run.ts";
import type { Spec } from "#model/spec.ts";
import { aGroup } from "#test/builders/a-group.ts";
import { aControlPlaneNode, aNode } from "#test/builders/a-node.ts";
import { aNodesTarget, aPodsTarget, aSpec } from "#test/builders/a-spec.ts";
import { aSmallWorld } from "#test/builders/a-world.ts";
import { planned } from "#test/builders/planned.ts";
import {
  discovered,
  doneUpTo,
  fold,
  intent,
  laneStopped,
  result,
  resumed,
  started,
  uncordoned,
} from "#test/builders/run-history.ts";

const content = planned();
const LANE = "node/node-1";

function ready(
  records: readonly RunRecord[],
  underWay: readonly string[] = [],
  plan: PlanContent = content,
): readonly string[] {
  return readySteps(plan, fold([started, ...records]), new Set(underWay)).steps.map((step) =>
    step.id.replace(/@.*/, ""),
  );
}

const limits = (fields: Partial<Spec["limits"]>): PlanContent => planned(aSpec({ limits: fields }));

describe("a lane", () => {
  it("goes tier by tier, and in a tier by its causes", () => {
    expect(ready([])).toEqual([`${LANE}/cordon`]);
    expect(ready(doneUpTo(content, `${LANE}/cordon`))).toEqual([`${LANE}/resolve`]);
    expect(ready(doneUpTo(content, `${LANE}/resolve`))).toEqual([`${LANE}/evict/default/db-0`]);
    expect(ready(doneUpTo(content, `${LANE}/evict/default/db-0`))).toEqual([`${LANE}/await/default/db-0`]);
    expect(ready(doneUpTo(content, `${LANE}/await/default/web-55d9-1`))).toEqual([
      `${LANE}/evict/kube-system/coredns-55d9-1`,
    ]);
    expect(ready(doneUpTo(content, `${LANE}/await/kube-system/coredns-55d9-1`))).toEqual([`${LANE}/empty`]);
    expect(ready(doneUpTo(content, `${LANE}/terminate`))).toEqual([`${LANE}/gone`, `${LANE}/new-node`]);
  });

  it("awaits a pod of a later tier that counts as moving: a crash cut its records off in their middle", () => {
    const evicted = result(`${LANE}/evict/kube-system/coredns-55d9-1`, "satisfied");
    const awaited = `${LANE}/await/kube-system/coredns-55d9-1`;
    const records = [...doneUpTo(content, `${LANE}/resolve`), evicted];
    expect(ready(records)).toEqual([awaited]);
    expect(ready([...records, result(awaited, "satisfied")])).toEqual([`${LANE}/evict/default/db-0`]);
  });

  it("offers nothing that is under way already", () => {
    expect(ready([], [`${LANE}/cordon`])).toEqual([]);
  });

  it("moves one pod at a time: the next only once the replacement of the one before is there", () => {
    const evicted = doneUpTo(content, `${LANE}/evict/default/db-0`);
    expect(ready(evicted, [`${LANE}/await/default/db-0`])).toEqual([]);
    expect(ready([...evicted, result(`${LANE}/await/default/db-0`)])).toEqual([
      `${LANE}/evict/default/web-55d9-1`,
    ]);
  });

  it("moves as many pods at a time as the limit says", () => {
    const plan = limits({ podsInParallel: 2 });
    const resolved = doneUpTo(plan, `${LANE}/resolve`);
    const both = [`${LANE}/evict/default/db-0`, `${LANE}/evict/default/web-55d9-1`];
    expect(ready(resolved, [], plan)).toEqual(both);
    expect(ready(resolved, both.slice(0, 1), plan)).toEqual(both.slice(1));
  });

  it("gives a discovered pod its place in the order and its tier", () => {
    const resolved = doneUpTo(content, `${LANE}/resolve`);
    expect(ready([...resolved, discovered(LANE, `${LANE}/evict/default/db-0`)])).toEqual([
      `${LANE}/evict/default/web-late`,
    ]);
    const drained = doneUpTo(content, `${LANE}/empty`);
    expect(ready([...drained, discovered(LANE, null)])).toEqual([`${LANE}/evict/default/web-late`]);
  });

  it("is not held up by a pod that only the new node has a place for", () => {
    const plan: PlanContent = {
      ...content,
      steps: content.steps.map((step) =>
        step.id === `${LANE}/await/default/db-0`
          ? { ...step, tier: 3, needs: [...step.needs, `${LANE}/new-node`] }
          : step,
      ),
    };
    const evicted = [...doneUpTo(plan, `${LANE}/evict/default/db-0`)];
    expect(ready(evicted, [], plan)).toEqual([`${LANE}/evict/default/web-55d9-1`]);
    const rest = ["evict/default/web-55d9-1", "await/default/web-55d9-1", "evict/kube-system/coredns-55d9-1"];
    const more = [...rest, "await/kube-system/coredns-55d9-1", "empty", "terminate", "gone", "new-node"];
    const landed = more.map((id) => result(`${LANE}/${id}`));
    expect(ready([...evicted, ...landed], [], plan)).toEqual([`${LANE}/await/default/db-0`]);
    expect(ready([...evicted, ...landed.slice(0, -1)], [], plan)).toEqual([`${LANE}/new-node`]);
  });

  it("offers a failed step again only to the process that takes the run up", () => {
    const failed = [...doneUpTo(content, `${LANE}/resolve`), result(`${LANE}/evict/default/db-0`, "failed")];
    expect(ready(failed)).not.toContain(`${LANE}/evict/default/db-0`);
    expect(ready([...failed, resumed])).toEqual([`${LANE}/evict/default/db-0`]);
  });
});

describe("nodes", () => {
  it("go one at a time: the next when the new node is there and the old one gone", () => {
    const replacing = doneUpTo(content, `${LANE}/gone`);
    expect(ready(replacing, [`${LANE}/new-node`])).toEqual([]);
    expect(ready(doneUpTo(content, `${LANE}/new-node`))).toEqual(["node/node-2/cordon"]);
  });

  it("go as many at a time as the limit says", () => {
    expect(ready([], [], limits({ maxUnavailableNodes: 2 }))).toEqual([
      "node/node-1/cordon",
      "node/node-2/cordon",
    ]);
  });

  it("that stopped and keep their cordon hold their place", () => {
    const stopped = [...doneUpTo(content, `${LANE}/evict/default/db-0`), laneStopped(LANE)];
    expect(ready(stopped)).toEqual([]);
    expect(ready(stopped, [], limits({ maxUnavailableNodes: 2 }))).toEqual(["node/node-2/cordon"]);
  });

  it("that stopped before their cordon, or had it taken back, do not", () => {
    expect(ready([laneStopped(LANE)])).toEqual(["node/node-2/cordon"]);
    const back = [...doneUpTo(content, `${LANE}/resolve`), laneStopped(LANE), uncordoned(LANE)];
    expect(ready(back)).toEqual(["node/node-2/cordon"]);
  });

  it("whose cordon is in doubt hold their place", () => {
    const cordon = content.steps.find((step) => step.id === `${LANE}/cordon`);
    const doubt = cordon && intent(cordon);
    expect(ready([...(doubt ? [doubt] : []), laneStopped(LANE)])).toEqual([]);
  });

  it("that were gone already hold no place", () => {
    const gone = content.steps
      .filter((step) => step.lane === LANE)
      .map((step) => result(step.id, "satisfied"));
    expect(ready(gone)).toEqual(["node/node-2/cordon"]);
  });

  it("drained for good hold their place for ever", () => {
    const plan = planned(aSpec({ replace: { mode: "none" } }));
    expect(ready(doneUpTo(plan, `${LANE}/empty`), [], plan)).toEqual([]);
  });

  it("whose cordon was taken back begin anew, within the limit, when the run is taken up", () => {
    const back = [
      ...doneUpTo(content, `${LANE}/resolve`),
      result(`${LANE}/evict/default/db-0`, "satisfied"),
      result(`${LANE}/await/default/db-0`, "satisfied"),
      laneStopped(LANE),
      uncordoned(LANE),
    ];
    expect(ready([...back, resumed])).toEqual([`${LANE}/cordon`]);
    const second = doneUpTo(content, "node/node-2/resolve");
    expect(ready([...back, ...second, resumed])).toEqual(["node/node-2/evict/default/db-1"]);
  });

  it("of the control plane go one at a time whatever the limit", () => {
    const nodes = [1, 2, 3].map((index) => aControlPlaneNode({ name: `master-${index}` }));
    const plan = planned(
      aSpec({ targets: [aNodesTarget({ role: "control-plane" })], limits: { maxUnavailableNodes: 3 } }),
      { nodes, groups: [aGroup({ name: "masters", nodes })] },
    );
    expect(ready([], [], plan)).toEqual(["node/master-1/cordon"]);
    expect(ready(doneUpTo(plan, "node/master-1/gone"), ["node/master-1/new-node"], plan)).toEqual([]);
    expect(ready(doneUpTo(plan, "node/master-1/new-node"), [], plan)).toEqual(["node/master-2/cordon"]);
    const stopped = [...doneUpTo(plan, "node/master-1/empty"), laneStopped("node/master-1")];
    expect(ready(stopped, [], plan)).toEqual([]);
  });
});

describe("targets", () => {
  const world = aSmallWorld();
  const plan = planned(
    aSpec({
      targets: [aNodesTarget({ names: ["node-1"] }), aPodsTarget(), aNodesTarget({ names: ["node-3"] })],
      limits: { maxUnavailableNodes: 3, podsInParallel: 3 },
    }),
    world,
  );
  const all = (lane: string): readonly RunRecord[] =>
    plan.steps.filter((step) => step.lane === lane).map((step) => result(step.id));
  const podsLane = plan.lanes.find((lane) => lane.kind === "pods")?.id ?? "";

  it("go in their order, each when the one before is settled", () => {
    expect(ready([], [], plan)).toEqual([`${LANE}/cordon`]);
    expect(ready(all(LANE), [], plan)).toContain("pods/evict/default/web-55d9-2");
    expect(ready([...all(LANE), ...all(podsLane)], [], plan)).toEqual(["node/node-3/cordon"]);
  });

  it("are not ended by a node that stopped in the one before", () => {
    expect(ready([laneStopped(LANE)], [], plan)).toContain("pods/evict/default/web-55d9-2");
  });
});

describe("whatever has happened", () => {
  const nodes = [1, 2, 3, 4].map((index) => aNode({ name: `node-${index}` }));
  const world = aSmallWorld();
  const plans = [1, 2, 3].flatMap((count) =>
    [1, 2].map((pods) =>
      planned(aSpec({ limits: { maxUnavailableNodes: count, podsInParallel: pods } }), {
        ...world,
        nodes: [...world.nodes, ...nodes.slice(3)],
        groups: [aGroup({ nodes })],
      }),
    ),
  );

  /** Runs the plan as the loop does, with one random event after the other. */
  function play(
    plan: PlanContent,
    choices: readonly number[],
    check: (state: RunState, underWay: Set<string>) => void,
  ) {
    let state = fold([started]);
    const underWay = new Set<string>();
    for (const choice of choices) {
      const offered = readySteps(plan, state, underWay).steps;
      for (const step of offered) {
        underWay.add(step.id);
        const before = intent(step);
        if (before) state = fold([before], state);
      }
      check(state, underWay);
      const running = [...underWay];
      const id = running[choice % Math.max(1, running.length)];
      const step = plan.lanes
        .flatMap((lane) => stepsOfLane(plan, state, lane.id))
        .find((one) => one.id === id);
      if (!step) break;
      underWay.delete(step.id);
      state = fold(
        eventsOf(
          step.lane,
          step.id,
          stepsOfLane(plan, state, step.lane).map((one) => one.id),
          choice,
        ),
        state,
      );
      if (choice % 31 === 0) {
        underWay.clear();
        state = fold([resumed], state);
      }
    }
    return { state, underWay };
  }

  function eventsOf(
    lane: string,
    step: string,
    others: readonly string[],
    choice: number,
  ): readonly RunRecord[] {
    if (choice % 17 === 0) return [laneStopped(lane)];
    if (choice % 13 === 0 && step.endsWith("/resolve")) return [laneStopped(lane), uncordoned(lane)];
    if (choice % 11 === 0 && step.endsWith("/empty")) return [discovered(lane, null)];
    if (choice % 7 === 0 && step.endsWith("/cordon")) return others.map((one) => result(one, "satisfied"));
    return [result(step, choice % 7 === 0 ? "satisfied" : "done")];
  }

  it("offers no step before its causes and lower tiers are settled, and keeps every limit", () => {
    const choices = fc.array(fc.nat({ max: 10_000 }), { maxLength: 120 });
    fc.assert(
      fc.property(fc.nat({ max: plans.length - 1 }), choices, (which, picks) => {
        const plan = plans[which] ?? content;
        play(plan, picks, (state, underWay) => {
          const lanes = plan.lanes.map((lane) => stepsOfLane(plan, state, lane.id));
          for (const steps of lanes) {
            for (const step of steps.filter((one) => underWay.has(one.id))) {
              expect(step.needs.filter((need) => !isSettled(state, need))).toEqual([]);
              const lower = steps.filter((one) => one.tier < step.tier && !isSettled(state, one.id));
              // A pod may be discovered while the node's own steps are under way already.
              if (step.tier < 3) expect(lower).toEqual([]);
              expect(isSettled(state, step.id)).toBe(false);
            }
          }
          const evicting = lanes.flat().filter((one) => one.kind === "EvictPod" && underWay.has(one.id));
          expect(evicting.length).toBeLessThanOrEqual(plan.spec.limits.podsInParallel);
          const busy = lanes.filter((steps) => steps.some((one) => underWay.has(one.id)));
          expect(busy.length).toBeLessThanOrEqual(plan.spec.limits.maxUnavailableNodes);
        });
      }),
      { numRuns: 200 },
    );
  });

  it("offers what it would offer had it never been asked before", () => {
    const choices = fc.array(fc.nat({ max: 10_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.nat({ max: plans.length - 1 }), choices, (which, picks) => {
        const plan = plans[which] ?? content;
        play(plan, picks, (state, underWay) => {
          expect(readySteps(plan, state, underWay)).toEqual(readySteps({ ...plan }, state, underWay));
        });
      }),
      { numRuns: 100 },
    );
  });

  it("comes to its end where nothing stops: every step is settled once nothing is offered", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...plans),
        fc.array(fc.nat({ max: 1_000 }), { minLength: 60, maxLength: 60 }),
        (plan, picks) => {
          const calm = picks
            .map((pick) => pick * 7 * 2 + 1)
            .filter((pick) => pick % 17 && pick % 13 && pick % 11 && pick % 31);
          const steps = plan.steps.length;
          const { state } = play(
            plan,
            Array.from({ length: steps + 5 }, (_, at) => calm[at % calm.length] ?? 1),
            () => undefined,
          );
          expect(plan.steps.filter((step) => !isSettled(state, step.id)).map((step) => step.id)).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });
});
