import { AutoScalingClient, SetDesiredCapacityCommand } from "@aws-sdk/client-auto-scaling";
import { EC2Client, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createScaling } from "#gateway/aws/scaling.ts";
import { systemClock } from "#gateway/local/system-clock.ts";
import type { ScalingPort } from "#gateway/ports.ts";
import { openAwsWire } from "#gateway/transport/open-aws.ts";
import type { AwsWire } from "#gateway/wire.ts";
import type { ScalingGroup } from "#model/objects.ts";
import { waitUntil } from "#test/rig/wait-until.ts";
import { checkScenario } from "#world/check-scenario.ts";
import { setFaults, startEndpoint, type TestEndpoint } from "./harness/aws-endpoint.ts";

const group = (name: string, size: number) => ({ name, size, max: size + 1, zones: ["eu-west-1a"] });

const scenario = checkScenario({
  name: "fleet-alone",
  groups: [group("a", 3), group("b", 2), group("c", 1)],
  workloads: [],
  timings: { instanceBootMs: 300, instanceStopMs: 300 },
});

const names = ["a", "b", "c"];

let endpoint: TestEndpoint;
let wire: AwsWire;
let scaling: ScalingPort;

beforeAll(async () => {
  endpoint = await startEndpoint(scenario);
  for (const [name, value] of Object.entries(endpoint.environment)) vi.stubEnv(name, value);
  wire = openAwsWire({ region: "eu-west-1" });
  scaling = createScaling({ wire, clock: systemClock, random: Math.random });
  await waitUntil({ what: "all instances", timeoutSeconds: 20 }, async () => {
    const instances = (await scaling.readGroups(names)).flatMap((group) => group.instances);
    return instances.every(({ lifecycle }) => lifecycle === "InService") || undefined;
  });
});

afterEach(() =>
  setFaults(endpoint.url, {
    pageSize: null,
    throttle: null,
    busyTerminations: 0,
    failedLaunches: null,
    instanceRefreshes: null,
  }),
);

afterAll(async () => {
  vi.unstubAllEnvs();
  await endpoint?.stop();
});

const idsOf = (groups: readonly ScalingGroup[]): readonly string[] =>
  groups.flatMap(({ instances }) => instances.map(({ id }) => id)).sort();

async function anInstanceOf(name: string): Promise<string> {
  const [id] = idsOf(await scaling.readGroups([name]));
  if (id === undefined) throw new Error(`${name} has no instance`);
  return id;
}

/** Settled when the group has other instances than before, as many, all InService. */
function awaitSuccessor(name: string, ended: string): Promise<ScalingGroup> {
  return waitUntil({ what: `the successor of ${ended}`, timeoutSeconds: 20 }, async () => {
    const [found] = await scaling.readGroups([name]);
    const complete = found?.instances.filter(({ lifecycle }) => lifecycle === "InService").length === 3;
    return complete && !idsOf([found]).includes(ended) ? found : undefined;
  });
}

describe("the rig's AWS endpoint, through dextre's own gateway", () => {
  it("gives its answers in pages, and all of them are read", async () => {
    const whole = await scaling.readGroups(names);
    expect(whole.map(({ name }) => name)).toEqual(names);
    expect(idsOf(whole)).toHaveLength(6);
    await setFaults(endpoint.url, { pageSize: 1 });
    const page = await wire.call("DescribeAutoScalingGroups", { AutoScalingGroupNames: names });
    expect(page.AutoScalingGroups).toHaveLength(1);
    expect(page.NextToken).toBeTruthy();
    expect(await scaling.readGroups(names)).toEqual(whole);
    expect(idsOf(await scaling.readGroupsOfInstances(idsOf(whole)))).toEqual(idsOf(whole));
    const wrong = wire.call("DescribeAutoScalingGroups", { NextToken: "of another call" });
    await expect(wrong).rejects.toMatchObject({ code: "InvalidNextToken", status: 400 });
  });

  it("throttles: reads are repeated until they are answered, a termination is told as not done", async () => {
    await setFaults(endpoint.url, {
      throttle: { DescribeAutoScalingGroups: "2/1", TerminateInstanceInAutoScalingGroup: "0/0" },
    });
    const raw = () => wire.call("DescribeAutoScalingGroups", { AutoScalingGroupNames: ["a"] });
    await raw();
    await expect(Promise.all([raw(), raw(), raw()])).rejects.toMatchObject({ code: "Throttling" });
    const answers = await Promise.all([1, 2, 3].map(() => scaling.readGroups(names)));
    expect(answers.map((groups) => groups.length)).toEqual([3, 3, 3]);
    expect(await scaling.terminate(await anInstanceOf("a"))).toMatchObject({ kind: "busy" });
  });

  it("has a scaling activity in progress: the termination is busy, changes nothing, and is taken later", async () => {
    const id = await anInstanceOf("a");
    await setFaults(endpoint.url, { busyTerminations: 1 });
    const answer = await scaling.terminate(id);
    expect(answer).toMatchObject({
      kind: "busy",
      message: expect.stringContaining("ScalingActivityInProgress"),
    });
    const [found] = await scaling.readGroups(["a"]);
    expect(found?.instances.find((instance) => instance.id === id)?.lifecycle).toBe("InService");
    expect(await scaling.terminate(id)).toEqual({ kind: "accepted" });
    await awaitSuccessor("a", id);
  });

  it("fails launches for want of capacity, with an activity that says so, and launches later", async () => {
    const id = await anInstanceOf("a");
    await setFaults(endpoint.url, { failedLaunches: { a: 1 } });
    expect(await scaling.terminate(id)).toEqual({ kind: "accepted" });
    const failed = await waitUntil({ what: "the failed launch", timeoutSeconds: 10 }, async () =>
      (await scaling.readActivities("a")).find(({ status }) => status === "Failed"),
    );
    expect(failed.message).toMatch(/do not have sufficient m5\.large capacity .*eu-west-1a/);
    expect((await awaitSuccessor("a", id)).desired).toBe(3);
  });

  it("tells of an instance refresh under way", async () => {
    const inProgress = async () =>
      (await scaling.readGroupsOfInstances([await anInstanceOf("b")])).map(
        ({ instanceRefreshInProgress }) => instanceRefreshInProgress,
      );
    expect(await inProgress()).toEqual([false]);
    await setFaults(endpoint.url, { instanceRefreshes: { b: "InProgress" } });
    expect(await inProgress()).toEqual([true]);
    await setFaults(endpoint.url, { instanceRefreshes: { b: "Successful" } });
    expect(await inProgress()).toEqual([false]);
  });

  it("gives dextre's access key the rights of deploy/iam.json and no others", async () => {
    const client = new AutoScalingClient({ region: "eu-west-1" });
    const scale = new SetDesiredCapacityCommand({ AutoScalingGroupName: "a", DesiredCapacity: 4 });
    await expect(client.send(scale)).rejects.toMatchObject({ name: "AccessDenied" });
    const ec2 = new EC2Client({ region: "eu-west-1" });
    const end = new TerminateInstancesCommand({ InstanceIds: [await anInstanceOf("c")] });
    await expect(ec2.send(end)).rejects.toMatchObject({ name: "UnauthorizedOperation" });
    expect((await scaling.readGroups(["a", "c"])).map(({ desired }) => desired)).toEqual([3, 1]);
  });

  it("refuses a fault that it does not know", async () => {
    const wrong = { slow: true } as object;
    await expect(setFaults(endpoint.url, wrong)).rejects.toThrow(/HTTP 400 unknown: \['slow'\]/);
  });
});
