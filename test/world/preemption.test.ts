import { describe, expect, test } from "vitest";
import { buildWorld } from "#world/build-world.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { ScenarioWorkload } from "#world/scenario.ts";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { startTime } from "./support.ts";

const full = { requests: { cpu: "3" }, stop: "4s" };

function worldWith(...workloads: readonly ScenarioWorkload[]): World {
  const groups = [
    { name: "nodes-a", size: 3, zones: ["eu-west-1a"], capacity: { cpu: "4", memory: "16Gi", pods: "20" } },
  ];
  const scenario = { name: "preemption", groups, workloads, priorityClasses: { high: 1000, middle: 500 } };
  return buildWorld(scenario, { seed: 5, now: startTime });
}

function createVip(world: World, spec: Readonly<Record<string, unknown>> = {}): void {
  const containers = [{ name: "c", image: "example/vip:1", resources: { requests: { cpu: "3" } } }];
  const answer = new Probe(world).send("POST", "/api/v1/namespaces/default/pods", {
    metadata: { name: "vip" },
    spec: { containers, priorityClassName: "high", ...spec },
  } as never);
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
}

function vip(world: World): Pod | undefined {
  return world.get("pods", "default", "vip");
}

function messageOf(pod: Pod | undefined): string | undefined {
  return pod?.status.conditions?.find(({ type }) => type === "PodScheduled")?.message;
}

function preempted(world: World): readonly Pod[] {
  const isVictim = ({ status }: Pod): boolean =>
    status.conditions?.some(({ reason }) => reason === "PreemptionByScheduler") === true;
  return world.list("pods").filter(isVictim);
}

describe("a pod that is more important than those in its way", () => {
  test("is nominated for the node of one of them, which is stopped gracefully, and then runs there", () => {
    const world = worldWith({ kind: "Deployment", name: "web", replicas: 3, ...full });
    createVip(world);
    world.advance(world.now + 1000);
    const [victim] = preempted(world);
    expect(preempted(world)).toHaveLength(1);
    expect(victim?.metadata.deletionTimestamp).toBeDefined();
    expect(vip(world)?.status.nominatedNodeName).toBe(victim?.spec.nodeName);
    expect(messageOf(vip(world))).toBe("0/3 nodes are available: 3 Insufficient cpu.");
    world.advance(world.now + 10_000);
    expect(vip(world)?.spec.nodeName).toBe(victim?.spec.nodeName);
    expect(vip(world)?.status.nominatedNodeName).toBeUndefined();
    expect(world.list("events").map((event) => (event as { readonly reason?: string }).reason)).toContain(
      "Preempted",
    );
  });

  test("keeps its nomination while it waits, whatever else happens", () => {
    const web = { kind: "Deployment", name: "web", replicas: 3, ...full } as const;
    const small = { kind: "Deployment", name: "small", requests: { cpu: "100m" }, stop: "1s" } as const;
    const world = worldWith(web, small);
    const nominations: (string | undefined)[] = [];
    world.onChange(({ object }) => {
      const status = object.status as Pod["status"] | undefined;
      if (object.metadata.name === "vip") nominations.push(status?.nominatedNodeName);
    });
    createVip(world);
    world.advance(world.now + 1000);
    const nominated = vip(world)?.status.nominatedNodeName;
    const other = world.list("pods").find(({ metadata }) => metadata.labels?.app === "small");
    new Probe(world).send("DELETE", `/api/v1/namespaces/default/pods/${other?.metadata.name}`);
    world.advance(world.now + 1500);
    expect(vip(world)?.status.nominatedNodeName).toBe(nominated);
    expect(messageOf(vip(world))).toContain("not eligible due to a terminating pod on the nominated node");
    expect(nominated).toBeDefined();
    expect(nominations.slice(1)).toEqual(nominations.slice(1).map(() => nominated));
    world.advance(world.now + 10_000);
    expect(vip(world)?.spec.nodeName).toBe(nominated);
  });

  test("takes the least important, and rather than break a budget another", () => {
    const world = worldWith(
      { kind: "Deployment", name: "middle", replicas: 1, ...full, priorityClass: "middle" },
      { kind: "Deployment", name: "guarded", replicas: 1, ...full, budgets: [{ maxUnavailable: 0 }] },
      { kind: "Deployment", name: "free", replicas: 1, ...full },
    );
    createVip(world);
    world.advance(world.now + 1000);
    expect(preempted(world).map(({ metadata }) => metadata.labels?.app)).toEqual(["free"]);
  });

  test("pushes nobody away where its class says Never, nor where it would not help", () => {
    const world = worldWith({ kind: "Deployment", name: "web", replicas: 3, ...full });
    const meek = { metadata: { name: "meek" }, value: 1000, preemptionPolicy: "Never" };
    new Probe(world).send("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", meek);
    createVip(world, { priorityClassName: "meek" });
    world.advance(world.now + 1000);
    const expected = "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: ";
    expect(messageOf(vip(world))).toBe(`${expected}not eligible due to preemptionPolicy=Never.`);
    const large = worldWith({ kind: "Deployment", name: "web", replicas: 3, ...full });
    createVip(large, { containers: [{ name: "c", image: "a:1", resources: { requests: { cpu: "100" } } }] });
    large.advance(large.now + 1000);
    expect(preempted(large)).toEqual([]);
    expect(messageOf(vip(large))).toBe(
      `${expected}0/3 nodes are available: 3 Preemption is not helpful for scheduling.`,
    );
  });
});

test("a pod with scheduling gates waits until the last is taken away", () => {
  const world = worldWith();
  createVip(world, { schedulingGates: [{ name: "example.com/quota" }] });
  world.advance(world.now + 5000);
  expect(vip(world)?.status.conditions).toMatchObject([
    { type: "PodScheduled", status: "False", reason: "SchedulingGated" },
  ]);
  new Probe(world).patch("/api/v1/namespaces/default/pods/vip", { spec: { schedulingGates: null } });
  world.advance(world.now + 5000);
  expect(vip(world)?.status.phase).toBe("Running");
});

test("a preferred anti-affinity spreads where there is room, and does not bind", () => {
  const term = { labelSelector: { matchLabels: { app: "web" } }, topologyKey: "kubernetes.io/hostname" };
  const affinity = {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }],
    },
  };
  const world = worldWith({ kind: "Deployment", name: "web", replicas: 4, affinity });
  const counts = new Map<string, number>();
  for (const { spec } of world.list("pods")) {
    counts.set(spec.nodeName ?? "", (counts.get(spec.nodeName ?? "") ?? 0) + 1);
  }
  expect([...counts.values()].sort()).toEqual([1, 1, 2]);
});

test("a required affinity goes where its kind is, and the first of a kind anywhere", () => {
  const term = { labelSelector: { matchLabels: { app: "web" } }, topologyKey: "kubernetes.io/hostname" };
  const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  const world = worldWith({ kind: "Deployment", name: "web", replicas: 3, affinity });
  expect(new Set(world.list("pods").map(({ spec }) => spec.nodeName)).size).toBe(1);
});

describe("a NoExecute taint", () => {
  const taint = [{ key: "example.com/away", effect: "NoExecute" }];

  test("evicts at once what does not tolerate it, and later what tolerates it for a time", () => {
    const world = worldWith({ kind: "Pod", name: "web" });
    createVip(world, {
      tolerations: [{ ...taint[0], operator: "Exists", tolerationSeconds: 60 }],
    });
    world.advance(world.now + 5000);
    const probe = new Probe(world);
    for (const { metadata } of world.list("nodes")) {
      probe.patch(`/api/v1/nodes/${metadata.name}`, { spec: { taints: taint } });
    }
    world.advance(world.now + 5000);
    expect(world.get("pods", "default", "web")).toBeUndefined();
    expect(vip(world)?.metadata.deletionTimestamp).toBeUndefined();
    world.advance(world.now + 60_000);
    expect(vip(world)).toBeUndefined();
  });
});
