import { expect, test } from "vitest";
import { buildWorld } from "#world/build-world.ts";
import { checkScenario, ScenarioError } from "#world/check-scenario.ts";
import { isReady } from "#world/kubernetes/pod-state.ts";
import { loadScenario, smallWorld, startTime } from "./support.ts";

test("the small scenario is a scenario", () => {
  expect(checkScenario(loadScenario("small")).groups.map(({ name }) => name)).toEqual([
    "control-plane-a",
    "nodes-a",
  ]);
});

test.each(["mixed", "stuck"])("the scenario %s settles with every Node and pod as it should be", (name) => {
  const scenario = checkScenario(loadScenario(name));
  const world = buildWorld(scenario, { seed: 3, now: startTime });
  const size = scenario.groups.reduce((sum, group) => sum + group.size, 0);
  expect(world.list("nodes")).toHaveLength(size);
  const phases = new Set(world.list("pods").map(({ status }) => status.phase));
  expect([...phases].filter((phase) => phase !== "Running" && phase !== "Succeeded")).toEqual([]);
});

test("where replacements never get Ready, the pods of the start are, and those that come after them are not", () => {
  const world = buildWorld(checkScenario(loadScenario("stuck")), { seed: 3, now: startTime });
  const search = () => world.list("pods").filter(({ metadata }) => metadata.labels?.app === "search");
  const ready = () => search().filter(isReady);
  expect(ready()).toHaveLength(2);
  world.handle(
    world.now,
    {
      kind: "kubernetes",
      request: { method: "DELETE", path: `/api/v1/namespaces/default/pods/${search()[0]?.metadata.name}` },
    },
    "somebody",
  );
  world.advance(world.now + 600_000);
  expect(search()).toHaveLength(2);
  expect(ready()).toHaveLength(1);
});

test("every fault is told at once, each with its place", () => {
  const faulty = {
    name: "x",
    groups: [{ name: "a", size: 4, max: 3, zones: [] }],
    workloads: [{ kind: "Pods", name: "w", ready: "soon", colour: "red", requests: { cpu: 1 } }],
  };
  try {
    checkScenario(faulty);
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    expect(error.faults).toEqual([
      'workloads[0].kind: must be one of Deployment, StatefulSet, DaemonSet, Job, Pod, not "Pods"',
      'workloads[0].ready: must be a duration such as "3s" or "500ms", not "soon"',
      expect.stringMatching(/^workloads\[0\]\.colour: is not a field of a scenario here; there are kind, /),
      "workloads[0].requests.cpu: must be a text, not 1; quote it",
    ]);
  }
});

test("a machine has, and a pod asks for, quantities", () => {
  const group = { name: "a", size: 1, zones: ["z"], capacity: { cpu: "4 cores", memory: "16Gi" } };
  const web = { kind: "Deployment", name: "w", requests: { cpu: "100m", memory: "-1Gi" } };
  expect(() => checkScenario({ name: "x", groups: [group], workloads: [web] })).toThrow(
    /capacity\.cpu: must be a quantity such as "500m" or "16Gi", not "4 cores"\n.*requests\.memory: must be a quantity/,
  );
});

test("sizes must fit, and names must be there once", () => {
  const group = { name: "a", size: 4, max: 3, zones: [] };
  expect(() => checkScenario({ name: "x", groups: [group, group], workloads: [] })).toThrow(
    /groups\[0\]\.zones: must name a zone[\s\S]*groups\[0\]\.size: 4 is not within[\s\S]*"a" is there twice/,
  );
});

test("a scenario that would take all memory is none", () => {
  const groups = [{ name: "a", size: 20_000, zones: ["z"] }];
  const workloads = [{ kind: "Deployment", name: "web", replicas: 400_000_000 }];
  expect(() => checkScenario({ name: "x", groups, workloads })).toThrow(
    "  groups: 20,000 nodes in all, at most 10,000 are played\n" +
      "  workloads: 400,000,000 pods in all, at most 300,000 are played",
  );
});

test("a built world is settled: every workload complete, every budget observed, nothing about to happen", () => {
  const world = smallWorld(9);
  expect(world.list("nodes")).toHaveLength(4);
  expect(world.list("pods").every(({ status }) => status.phase === "Running")).toBe(true);
  expect(world.list("poddisruptionbudgets").map(({ status }) => status.disruptionsAllowed)).toEqual([1, 1]);
  expect(world.nextAt()).toBeUndefined();
});
