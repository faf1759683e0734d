import { expect, test } from "vitest";
import { hasten } from "#world/hasten.ts";
import { defaultTimings } from "#world/timings.ts";
import { loadScenario } from "./support.ts";

test("a hastened cluster boots, starts and stops faster, and answers as fast as before", () => {
  const scenario = loadScenario("small");
  const { timings, workloads } = hasten(scenario, 4);
  expect(timings).toMatchObject({
    instanceBootMs: (scenario.timings?.instanceBootMs ?? 0) / 4,
    podCollectionMs: [10_000, 15_000],
    controllerMs: defaultTimings.controllerMs,
    pageLifeMs: defaultTimings.pageLifeMs,
  });
  expect(workloads[0]).toMatchObject({ name: "web", ready: "750ms", stop: "500ms" });
});

test("actors act sooner, and do the same", () => {
  const actor = { kind: "human", at: "60s", does: "cordon", node: { group: "nodes-a" } } as const;
  expect(hasten({ ...loadScenario("small"), actors: [actor] }, 4).actors).toEqual([
    { ...actor, at: "15000ms" },
  ]);
});

test("nothing becomes instant", () => {
  expect(hasten({ name: "a", groups: [], workloads: [] }, 1_000_000).timings?.podStartMs).toBe(1);
});
