import { describe, expect, test } from "vitest";
import type { Json } from "#gateway/wire.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { smallWorld } from "./support.ts";

/** Three workers of 4 cores, 16Gi and 50Gi of disk; a tainted control-plane node. */
function emptyWorld(): { world: World; probe: Probe } {
  const world = smallWorld(2, { workloads: [] });
  return { world, probe: new Probe(world) };
}

const container = (more: object = {}): object => ({ name: "c", image: "c:1", ...more });
const requests = (list: object): object => ({ resources: { requests: list } });

/** The pod two seconds after it was made. */
function place(probe: Probe, name: string, spec: object): Pod {
  const body = { metadata: { name }, spec: { containers: [container()], ...spec } } as Json;
  expect(probe.send("POST", "/api/v1/namespaces/default/pods", body).status).toBe(201);
  const { world } = probe;
  world.advance(world.now + 2000);
  const pod = world.get("pods", "default", name);
  if (pod === undefined) throw new Error(`there is no pod ${name}`);
  return pod;
}

/** The scheduler's sentence, without that of preemption. */
function whyPending({ status }: Pod): string | undefined {
  const { message } = status.conditions?.find(({ type }) => type === "PodScheduled") ?? {};
  return message?.split(" no new claims")[0];
}

describe("what a pod asks for", () => {
  test("is what its init containers need where that is more, beside those that go on running", () => {
    const { probe } = emptyWorld();
    const init = { name: "i", image: "i:1", ...requests({ cpu: "5" }) };
    expect(whyPending(place(probe, "init", { initContainers: [init] }))).toBe(
      "0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient cpu.",
    );
    const sidecar = { name: "s", image: "s:1", restartPolicy: "Always", ...requests({ cpu: "2" }) };
    const first = { name: "f", image: "f:1", ...requests({ cpu: "1" }) };
    const containers = [container(requests({ cpu: "3" }))];
    const both = place(probe, "sidecar", { initContainers: [sidecar, first], containers });
    expect(whyPending(both)).toContain("3 Insufficient cpu");
    const free = place(probe, "fits", { initContainers: [{ ...first, ...requests({ cpu: "4" }) }] });
    expect(free.spec.nodeName).toBeDefined();
  });

  test("is what is said of it as a whole, whatever its containers say", () => {
    const { probe } = emptyWorld();
    const big = place(probe, "big", { ...requests({ cpu: "5" }), containers: [container()] });
    expect(whyPending(big)).toContain("3 Insufficient cpu");
    const limited = place(probe, "limited", { resources: { limits: { cpu: "2", memory: "64Mi" } } });
    expect(limited.spec.resources?.requests).toEqual({ cpu: "2", memory: "64Mi" });
    expect(limited.status.qosClass).toBe("Guaranteed");
    const mixed = { ...requests({ cpu: "500m" }) };
    const own = place(probe, "own", { resources: { limits: { cpu: "2" } }, containers: [container(mixed)] });
    expect(own.spec.resources?.requests).toEqual({ cpu: "500m" });
  });

  test("may be of any name, and of disk; a node that gets it takes the pod", () => {
    const { world, probe } = emptyWorld();
    const gpu = { resources: { limits: { "acme.com/gpu": "1", "ephemeral-storage": "60Gi" } } };
    const pod = place(probe, "trains", { containers: [container(gpu)] });
    expect(whyPending(pod)).toBe(
      "0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient acme.com/gpu, 3 Insufficient ephemeral-storage.",
    );
    const node = world.list("nodes").find(({ spec }) => spec.taints === undefined)?.metadata.name ?? "";
    const allocatable = { "acme.com/gpu": "1", "ephemeral-storage": "100Gi" };
    probe.patch(`/api/v1/nodes/${node}/status`, { status: { allocatable, capacity: allocatable } });
    world.advance(world.now + 2000);
    expect(world.get("pods", "default", "trains")?.spec.nodeName).toBe(node);
    const small = { resources: { limits: { "acme.com/gpu": "1" } } };
    expect(whyPending(place(probe, "waits", { containers: [container(small)] }))).toContain(
      "3 Insufficient acme.com/gpu",
    );
    probe.send("DELETE", "/api/v1/namespaces/default/pods/trains");
    world.advance(world.now + 2000);
    expect(world.get("pods", "default", "waits")?.spec.nodeName).toBe(node);
  });

  test("is no overhead of its own", () => {
    const { probe } = emptyWorld();
    const spec = { containers: [container()], overhead: { cpu: "1" } };
    const body = { metadata: { name: "x" }, spec } as Json;
    const { status, body: answer } = probe.send("POST", "/api/v1/namespaces/default/pods", body);
    expect([status, answer.message]).toEqual([
      403,
      'pods "x" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    ]);
  });
});

describe("ports of nodes", () => {
  const port = (hostPort: number, more: object = {}): object => ({
    containers: [container({ ports: [{ containerPort: 80, hostPort, ...more }] })],
  });

  test("are taken once on each node", () => {
    const { probe } = emptyWorld();
    const nodes = ["a", "b", "c"].map((name) => place(probe, name, port(80)).spec.nodeName);
    expect(new Set(nodes).size).toBe(3);
    expect(whyPending(place(probe, "d", port(80)))).toBe(
      "0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 node(s) didn't have free ports for the requested pod ports.",
    );
    expect(place(probe, "udp", port(80, { protocol: "UDP" })).spec.nodeName).toBeDefined();
    expect(place(probe, "other", port(81)).spec.nodeName).toBeDefined();
    expect(whyPending(place(probe, "host", { ...port(80, { hostIP: "10.0.0.1" }) }))).toContain("free ports");
  });

  test("go to who is more important", () => {
    const { world, probe } = emptyWorld();
    probe.send("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", {
      metadata: { name: "high" },
      value: 10,
    });
    for (const name of ["a", "b", "c"]) place(probe, name, port(80));
    place(probe, "first", { ...port(80), priorityClassName: "high" });
    world.advance(world.now + 60_000);
    expect(world.get("pods", "default", "first")?.spec.nodeName).toBeDefined();
    expect(["a", "b", "c"].filter((name) => world.get("pods", "default", name) !== undefined)).toHaveLength(
      2,
    );
  });
});

describe("a pod with a deadline", () => {
  test("is stopped when its node has had it for so long, and has failed when it has stopped", () => {
    const { world, probe } = emptyWorld();
    const metadata = { name: "brief", annotations: { "rig/stop-time": "3s" } };
    const spec = { containers: [container()], activeDeadlineSeconds: 10 };
    probe.send("POST", "/api/v1/namespaces/default/pods", { metadata, spec } as Json);
    const brief = (): Pod | undefined => world.get("pods", "default", "brief");
    world.advance(world.now + 11_500);
    expect(brief()?.status.phase).toBe("Running");
    expect(world.list("events").some((event) => JSON.stringify(event).includes('"DeadlineExceeded"'))).toBe(
      true,
    );
    world.advance(world.now + 3000);
    expect(brief()?.status).toMatchObject({
      phase: "Failed",
      reason: "DeadlineExceeded",
      message: "Pod was active on the node longer than the specified deadline",
      containerStatuses: [{ state: { terminated: { exitCode: 143, reason: "Error" } } }],
    });
    expect(world.nextAt()).toBeUndefined();
  });

  test("has its time from when it was started, and may be given less later", () => {
    const { world, probe } = emptyWorld();
    const started = place(probe, "long", { activeDeadlineSeconds: 1000 });
    const path = "/api/v1/namespaces/default/pods/long";
    expect(probe.patch(path, { spec: { activeDeadlineSeconds: 20 } }).status).toBe(200);
    world.advance(Date.parse(started.status.startTime ?? "") + 19_000);
    expect(world.get("pods", "default", "long")?.status.phase).toBe("Running");
    world.advance(world.now + 2000);
    expect(world.get("pods", "default", "long")?.status.reason).toBe("DeadlineExceeded");
  });

  test("counts as failed for its Job", () => {
    const { world, probe } = emptyWorld();
    const metadata = { annotations: { "rig/run-time": "1h" } };
    const spec = { containers: [container()], activeDeadlineSeconds: 10, restartPolicy: "Never" };
    const job = { metadata: { name: "x" }, spec: { backoffLimit: 0, template: { metadata, spec } } };
    expect(probe.send("POST", "/apis/batch/v1/namespaces/default/jobs", job as Json).status).toBe(201);
    world.advance(world.now + 15_000);
    expect(world.get("jobs", "default", "x")?.status).toMatchObject({
      failed: 1,
      conditions: [{ type: "FailureTarget", reason: "BackoffLimitExceeded" }, { type: "Failed" }],
    });
  });
});
