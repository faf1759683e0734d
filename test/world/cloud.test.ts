import { describe, expect, test } from "vitest";
import { type AwsAction, type AwsActions, AwsError } from "#gateway/wire.ts";
import { Actors } from "#world/actors.ts";
import type { World } from "#world/world.ts";
import { loadScenario, smallWorld } from "./support.ts";

function call<A extends AwsAction>(
  world: World,
  action: A,
  input: AwsActions[A]["input"],
): AwsActions[A]["output"] {
  const answer = world.handle(world.now, { kind: "aws", action, input });
  if (answer.kind === "awsError") throw answer.error;
  if (answer.kind !== "aws") throw new Error("not an AWS answer");
  return answer.output as AwsActions[A]["output"];
}

function errorOf(run: () => unknown): AwsError {
  try {
    run();
  } catch (error) {
    if (error instanceof AwsError) return error;
  }
  throw new Error("no AWS error");
}

function workers(world: World) {
  return (
    call(world, "DescribeAutoScalingGroups", { AutoScalingGroupNames: ["nodes-a"] }).AutoScalingGroups?.[0]
      ?.Instances ?? []
  );
}

function nodeOf(world: World, instance: string | undefined) {
  return world.list("nodes").find(({ spec }) => spec.providerID?.endsWith(`/${instance}`) === true);
}

function terminate(world: World, id: string | undefined, decrement = false): void {
  call(world, "TerminateInstanceInAutoScalingGroup", {
    InstanceId: id ?? "",
    ShouldDecrementDesiredCapacity: decrement,
  });
}

describe("terminating an instance without decrement", () => {
  test("kills its kubelet, deletes its Node and brings a new one in the same zone and the latest template", () => {
    const world = smallWorld(6);
    const victim = workers(world)[1];
    const node = nodeOf(world, victim?.InstanceId);
    const known = new Set(world.list("nodes").map(({ metadata }) => metadata.uid));
    terminate(world, victim?.InstanceId);
    expect(workers(world).find(({ InstanceId }) => InstanceId === victim?.InstanceId)?.LifecycleState).toBe(
      "Terminating",
    );
    world.advance(world.now + 6500);
    const dying = world.get("nodes", undefined, node?.metadata.name ?? "");
    expect(dying?.status.conditions?.find(({ type }) => type === "Ready")?.status).toBe("Unknown");
    world.advance(world.now + 10_000);
    expect(world.get("nodes", undefined, node?.metadata.name ?? "")).toBeUndefined();
    const successor = world.list("nodes").find(({ metadata }) => !known.has(metadata.uid));
    expect(successor?.metadata.labels?.["topology.kubernetes.io/zone"]).toBe(victim?.AvailabilityZone);
    expect(successor?.metadata.name).not.toBe(node?.metadata.name);
    expect(successor?.status.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
    expect(workers(world).map(({ LifecycleState }) => LifecycleState)).toEqual([
      "InService",
      "InService",
      "InService",
    ]);
    const fresh = workers(world).find(({ InstanceId }) =>
      successor?.spec.providerID?.endsWith(`/${InstanceId}`),
    );
    expect(fresh?.LaunchTemplate?.Version).toBe("2");
  });

  test("leaves the pods of the deleted Node until the collector's quarantine is over", () => {
    const world = smallWorld(6);
    const victim = workers(world)[0];
    const name = nodeOf(world, victim?.InstanceId)?.metadata.name ?? "";
    terminate(world, victim?.InstanceId);
    world.advance(world.now + 30_000);
    expect(world.list("pods").some(({ spec }) => spec.nodeName === name)).toBe(true);
    world.advance(world.now + 60_000);
    expect(world.list("pods").some(({ spec }) => spec.nodeName === name)).toBe(false);
    expect(world.list("statefulsets")[0]?.status.readyReplicas).toBe(3);
  });

  test("repeated does no more, and of a finished instance is a ValidationError", () => {
    const world = smallWorld(6);
    const id = workers(world)[0]?.InstanceId;
    terminate(world, id);
    terminate(world, id);
    world.advance(world.now + 60_000);
    expect(workers(world)).toHaveLength(3);
    const error = errorOf(() => terminate(world, id));
    expect(error).toMatchObject({ code: "ValidationError", status: 400 });
    expect(error.message).toContain("Instance Id not found - No managed instance found");
  });
});

test("with decrement the group shrinks, but not below its minimum", () => {
  const groups = loadScenario("small").groups.map((group) =>
    group.name === "nodes-a" ? { ...group, min: 2 } : group,
  );
  const world = smallWorld(6, { groups });
  terminate(world, workers(world)[0]?.InstanceId, true);
  world.advance(world.now + 60_000);
  expect(workers(world)).toHaveLength(2);
  expect(errorOf(() => terminate(world, workers(world)[0]?.InstanceId, true)).code).toBe("ValidationError");
});

test("a launch that fails is an activity with its message, and is tried again", () => {
  const world = smallWorld(6);
  const message = "We currently do not have sufficient m5.large capacity";
  new Actors(world).failNextLaunch("nodes-a", message);
  terminate(world, workers(world)[0]?.InstanceId);
  world.advance(world.now + 8000);
  const { Activities } = call(world, "DescribeScalingActivities", { AutoScalingGroupName: "nodes-a" });
  expect(Activities?.find(({ StatusCode }) => StatusCode === "Failed")?.StatusMessage).toContain(message);
  world.advance(world.now + 60_000);
  expect(workers(world)).toHaveLength(3);
});

test("while Launch is suspended nothing is launched", () => {
  const groups = loadScenario("small").groups.map((group) => ({ ...group, suspended: ["Launch"] }));
  const world = smallWorld(6, { groups });
  terminate(world, workers(world)[0]?.InstanceId);
  world.advance(world.now + 120_000);
  expect(workers(world)).toHaveLength(2);
  const [group] =
    call(world, "DescribeAutoScalingGroups", { AutoScalingGroupNames: ["nodes-a"] }).AutoScalingGroups ?? [];
  expect(group?.SuspendedProcesses).toEqual([{ ProcessName: "Launch" }]);
  new Actors(world).suspend("nodes-a", []);
  world.advance(world.now + 60_000);
  expect(workers(world)).toHaveLength(3);
});

test("where names are reused a new instance takes over the old Node object: same UID, still cordoned", () => {
  const groups = loadScenario("small").groups.map((group) => ({ ...group, reusesNames: true }));
  const world = smallWorld(6, { groups, timings: { ...loadScenario("small").timings, cloudLoopMs: 60_000 } });
  const victim = workers(world)[0];
  const node = nodeOf(world, victim?.InstanceId);
  new Actors(world).cordon(node?.metadata.name ?? "");
  terminate(world, victim?.InstanceId);
  world.advance(world.now + 55_000);
  const inherited = world.get("nodes", undefined, node?.metadata.name ?? "");
  expect(inherited?.metadata.uid).toBe(node?.metadata.uid);
  expect(inherited?.spec).toMatchObject({ unschedulable: true, providerID: node?.spec.providerID });
  expect(inherited?.status.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
});

describe("describing", () => {
  test("comes in pages by NextToken and MaxRecords", () => {
    const world = smallWorld(6);
    const first = call(world, "DescribeAutoScalingGroups", { MaxRecords: 1 });
    expect(first.AutoScalingGroups).toHaveLength(1);
    const second = call(world, "DescribeAutoScalingGroups", {
      MaxRecords: 1,
      NextToken: first.NextToken ?? "",
    });
    expect(second.AutoScalingGroups?.[0]?.AutoScalingGroupName).toBe("nodes-a");
    expect(second.NextToken).toBeUndefined();
  });

  test("takes at most 50 instance ids, and finds an instance's group", () => {
    const world = smallWorld(6);
    const ids = Array.from({ length: 51 }, (_, index) => `i-${index}`);
    expect(errorOf(() => call(world, "DescribeAutoScalingInstances", { InstanceIds: ids })).code).toBe(
      "ValidationError",
    );
    const id = workers(world)[0]?.InstanceId ?? "";
    const found = call(world, "DescribeAutoScalingInstances", { InstanceIds: [id, "i-unknown"] });
    expect(found.AutoScalingInstances?.map(({ AutoScalingGroupName }) => AutoScalingGroupName)).toEqual([
      "nodes-a",
    ]);
  });

  test("tells account and region in the ARN, and resolves template versions", () => {
    const world = smallWorld(6);
    const [group] =
      call(world, "DescribeAutoScalingGroups", { AutoScalingGroupNames: ["nodes-a"] }).AutoScalingGroups ??
      [];
    expect(group?.AutoScalingGroupARN).toMatch(/^arn:aws:autoscaling:eu-west-1:123456789012:/);
    const versions = call(world, "DescribeLaunchTemplateVersions", {
      LaunchTemplateId: group?.LaunchTemplate?.LaunchTemplateId ?? "",
      Versions: ["$Latest", "$Default"],
    });
    expect(versions.LaunchTemplateVersions).toMatchObject([{ VersionNumber: 2 }, { VersionNumber: 1 }]);
  });
});

describe("a node", () => {
  test("that is cordoned carries the taint, and loses it when uncordoned", () => {
    const world = smallWorld(6);
    const actors = new Actors(world);
    const name = nodeOf(world, workers(world)[0]?.InstanceId)?.metadata.name ?? "";
    actors.cordon(name);
    world.advance(world.now + 100);
    expect(world.get("nodes", undefined, name)?.spec.taints).toEqual([
      expect.objectContaining({ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }),
    ]);
    actors.uncordon(name);
    world.advance(world.now + 100);
    expect(world.get("nodes", undefined, name)?.spec.taints).toBeUndefined();
  });

  test("that fails takes the readiness of its pods along, and gives it back when it recovers", () => {
    const world = smallWorld(6);
    const actors = new Actors(world);
    const name = nodeOf(world, workers(world)[0]?.InstanceId)?.metadata.name ?? "";
    const ready = () =>
      world
        .list("pods")
        .filter((pod) => pod.spec.nodeName === name)
        .filter((pod) =>
          pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
        ).length;
    const before = ready();
    actors.failNode(name);
    world.advance(world.now + 1000);
    expect(ready()).toBe(0);
    actors.recoverNode(name);
    world.advance(world.now + 10_000);
    expect(ready()).toBe(before);
  });

  test("that stays unreachable loses its pods after their toleration of 300 s, terminating for ever", () => {
    const world = smallWorld(6);
    const name = nodeOf(world, workers(world)[0]?.InstanceId)?.metadata.name ?? "";
    new Actors(world).silenceNode(name);
    world.advance(world.now + 300_000);
    const terminating = () =>
      world
        .list("pods")
        .filter((pod) => pod.spec.nodeName === name && pod.metadata.deletionTimestamp !== undefined);
    expect(terminating()).toEqual([]);
    world.advance(world.now + 600_000);
    const stuck = terminating().map(({ metadata }) => metadata.ownerReferences?.[0]?.kind);
    expect(stuck.length).toBeGreaterThanOrEqual(3);
    expect(stuck).not.toContain("DaemonSet");
  });

  test("of the control plane runs mirror pods of its own", () => {
    const world = smallWorld(6);
    const mirrors = world
      .list("pods")
      .filter(({ metadata }) => metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined);
    expect(mirrors.map(({ metadata }) => metadata.labels?.component).sort()).toEqual([
      "etcd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
    ]);
    expect(mirrors.every(({ status }) => status.phase === "Running")).toBe(true);
  });
});
