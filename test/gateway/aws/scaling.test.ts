import { expect, test } from "vitest";
import { createScaling } from "#gateway/aws/scaling.ts";
import { GatewayError, type ScalingPort } from "#gateway/ports.ts";
import { type AwsAction, type AwsActions, AwsError, type AwsGroup, type AwsWire } from "#gateway/wire.ts";
import { driverOf, smallWorld } from "#test/world/support.ts";
import type { VirtualDriver } from "#world/drivers/virtual-driver.ts";
import type { World } from "#world/world.ts";

interface Sent {
  readonly action: AwsAction;
  readonly input: unknown;
}

interface AwsStage {
  readonly world: World;
  readonly driver: VirtualDriver;
  readonly scaling: ScalingPort;
  readonly sent: Sent[];
  /** Milliseconds since the beginning, in virtual time. */
  passed(): number;
  fault: (action: AwsAction, count: number) => AwsError | undefined;
}

/** The port on the embedded fleet; `change` puts a liar before its wire. */
function aStage(change: (wire: AwsWire) => AwsWire = (wire) => wire): AwsStage {
  const world = smallWorld();
  const driver = driverOf(world);
  const client = driver.client("dextre");
  const wire = change(client.aws);
  const sent: Sent[] = [];
  const recorded: AwsWire = {
    call: async (action, input, signal) => {
      sent.push({ action, input });
      const error = stage.fault(action, sent.length);
      if (error) throw error;
      return wire.call(action, input, signal);
    },
  };
  const options = { wire: recorded, clock: client.clock, random: () => 0.5 };
  const stage: AwsStage = {
    world,
    driver,
    scaling: createScaling(options),
    sent,
    passed: () => client.clock.monotonic(),
    fault: () => undefined,
  };
  return stage;
}

type Answers = { readonly [A in AwsAction]?: (input: AwsActions[A]["input"]) => AwsActions[A]["output"] };

/** Answers these actions so, and fails for every other. */
function answering(answers: Answers): () => AwsWire {
  return () => ({
    async call<A extends AwsAction>(
      action: A,
      input: AwsActions[A]["input"],
    ): Promise<AwsActions[A]["output"]> {
      const answer = answers[action];
      if (!answer) throw new Error(`nobody expected ${action}`);
      return answer(input);
    },
  });
}

const instancesOf = (stage: AwsStage): string[] => [...stage.world.fleet.instances.keys()];
const actionsOf = (stage: AwsStage): AwsAction[] => stage.sent.map(({ action }) => action);
const aGroup = (name: string, more: Partial<AwsGroup> = {}): AwsGroup => ({
  AutoScalingGroupName: name,
  AutoScalingGroupARN: `arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:u:autoScalingGroupName/${name}`,
  LaunchTemplate: { LaunchTemplateId: "lt-1", Version: "3" },
  ...more,
});

async function failureOf(promise: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GatewayError);
  return error as GatewayError;
}

test("a group is projected with its account, region, capacity and resolved template", async () => {
  const stage = aStage();
  const [group] = await stage.driver.run(() => stage.scaling.readGroups(["nodes-a"]));
  expect(group).toMatchObject({
    name: "nodes-a",
    region: "eu-west-1",
    accountId: "123456789012",
    min: 3,
    max: 6,
    desired: 3,
    launch: { version: "2" },
    cluster: "k8s.test",
    instanceRefreshInProgress: false,
  });
  expect(group?.instances.map((instance) => [instance.lifecycle, instance.launchVersion])).toEqual([
    ["InService", "1"],
    ["InService", "1"],
    ["InService", "1"],
  ]);
});

test("polling a group is one call; its template's version is asked again after half a minute", async () => {
  const stage = aStage();
  await stage.driver.run(async () => {
    for (let count = 0; count < 5; count++) await stage.scaling.readGroups(["nodes-a"]);
  });
  expect(actionsOf(stage).filter((action) => action === "DescribeLaunchTemplateVersions")).toHaveLength(1);
  expect(stage.sent).toHaveLength(6);
  await stage.driver.pass(31_000);
  await stage.driver.run(() => stage.scaling.readGroups(["nodes-a"]));
  expect(stage.sent).toHaveLength(8);
});

test("no names and no instances make no call", async () => {
  const stage = aStage();
  expect(await stage.scaling.readGroups([])).toEqual([]);
  expect(await stage.scaling.readGroupsOfInstances([])).toEqual([]);
  expect(stage.sent).toEqual([]);
});

test("the groups of instances are found, whole and once, with their instance refreshes", async () => {
  const stage = aStage();
  const refreshing = stage.world.fleet.groups.get("nodes-a");
  if (refreshing) refreshing.refreshes = [{ InstanceRefreshId: "r", Status: "InProgress" }];
  const groups = await stage.driver.run(() => stage.scaling.readGroupsOfInstances(instancesOf(stage)));
  expect(
    groups.map((group) => [group.name, group.instances.length, group.instanceRefreshInProgress]),
  ).toEqual([
    ["control-plane-a", 1, false],
    ["nodes-a", 3, true],
  ]);
});

test("instances are asked for by fifties, groups by fifties, and every page is read", async () => {
  const ids = Array.from({ length: 120 }, (_, index) => `i-${index}`);
  const sizes: (number | undefined)[] = [];
  const stage = aStage(
    answering({
      DescribeAutoScalingInstances: (input) => {
        sizes.push(input.InstanceIds?.length);
        const first = input.InstanceIds?.[0] ?? "";
        if (input.NextToken === undefined) {
          return { AutoScalingInstances: [{ AutoScalingGroupName: `of-${first}` }], NextToken: "more" };
        }
        return { AutoScalingInstances: [{ AutoScalingGroupName: `also-${first}` }] };
      },
      DescribeAutoScalingGroups: (input) =>
        input.NextToken === undefined
          ? {
              AutoScalingGroups: input.AutoScalingGroupNames?.slice(0, 3).map((name) => aGroup(name)) ?? [],
              NextToken: "n",
            }
          : { AutoScalingGroups: input.AutoScalingGroupNames?.slice(3).map((name) => aGroup(name)) ?? [] },
      DescribeInstanceRefreshes: () => ({}),
    }),
  );
  const groups = await stage.driver.run(() => stage.scaling.readGroupsOfInstances(ids));
  expect(sizes).toEqual([50, 50, 50, 50, 20, 20]);
  expect(groups.map((group) => group.name).sort()).toEqual([
    "also-i-0",
    "also-i-100",
    "also-i-50",
    "of-i-0",
    "of-i-100",
    "of-i-50",
  ]);
});

test("pages without an end are given up", async () => {
  const stage = aStage(answering({ DescribeAutoScalingGroups: () => ({ NextToken: "again" }) }));
  const error = await failureOf(stage.driver.run(() => stage.scaling.readGroups(["a"])));
  expect(error.message).toMatch(/no end/);
});

test("a mixed policy's template is resolved too, $Default where it names no version", async () => {
  const asked: unknown[] = [];
  const policy = { LaunchTemplate: { LaunchTemplateSpecification: { LaunchTemplateId: "lt-9" } } };
  const { LaunchTemplate: _none, ...bare } = aGroup("mixed", { MixedInstancesPolicy: policy });
  const stage = aStage(
    answering({
      DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [bare] }),
      DescribeLaunchTemplateVersions: (input) => {
        asked.push(input);
        return { LaunchTemplateVersions: [{ VersionNumber: 12 }] };
      },
    }),
  );
  const [group] = await stage.driver.run(() => stage.scaling.readGroups(["mixed"]));
  expect(group?.launch).toEqual({ template: "lt-9", version: "12" });
  expect(asked).toEqual([{ LaunchTemplateId: "lt-9", Versions: ["$Default"] }]);
});

test("a launch configuration is its own version, and a fixed version needs no call", async () => {
  const { LaunchTemplate: _none, ...bare } = aGroup("old", { LaunchConfigurationName: "lc-2019" });
  const stage = aStage(
    answering({ DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [bare, aGroup("fixed")] }) }),
  );
  const groups = await stage.driver.run(() => stage.scaling.readGroups(["old", "fixed"]));
  expect(groups.map((group) => group.launch)).toEqual([
    { template: "lc-2019", version: "lc-2019" },
    { template: "lt-1", version: "3" },
  ]);
});

test.each([
  "Throttling",
  "ThrottlingException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "SlowDown",
  "PriorRequestNotComplete",
  "EC2ThrottledException",
])("a read that meets %s is repeated, slower each time", async (code) => {
  const stage = aStage();
  stage.fault = (_action, count) => (count <= 3 ? new AwsError(code, "Rate exceeded", 400, true) : undefined);
  await stage.driver.run(() => stage.scaling.readGroups(["nodes-a"]));
  expect(stage.passed()).toBeGreaterThanOrEqual(1750);
});

test.each([
  ["InternalFailure", 500],
  ["ServiceUnavailable", 503],
  ["Unreachable", 0],
] as const)("a read that meets %s is repeated", async (code, http) => {
  const stage = aStage();
  stage.fault = (_action, count) => (count === 1 ? new AwsError(code, "", http, true) : undefined);
  expect(await stage.driver.run(() => stage.scaling.readGroups(["nodes-a"]))).toHaveLength(1);
});

test.each([
  ["AccessDenied", 403, "aws-forbidden"],
  ["UnauthorizedOperation", 403, "aws-forbidden"],
  ["ExpiredToken", 403, "aws-credentials"],
  ["InvalidClientTokenId", 403, "aws-credentials"],
  ["CredentialsMissing", 0, "aws-credentials"],
  ["ValidationError", 400, "aws-failed"],
] as const)("%s is final at once", async (code, http, kind) => {
  const stage = aStage();
  stage.fault = () => new AwsError(code, "no", http, true);
  const error = await failureOf(stage.driver.run(() => stage.scaling.readGroups(["nodes-a"])));
  expect(error.kind).toBe(kind);
  expect(error.message).toMatch(/^DescribeAutoScalingGroups: /);
  expect(stage.sent).toHaveLength(1);
});

test.each([
  [true, 90_000],
  [false, 10_000],
])("an AWS that stays away (maybe sent: %s) fails the read within %i ms", async (maybeSent, longest) => {
  const stage = aStage();
  stage.fault = () => new AwsError("Unreachable", "", 0, maybeSent);
  const error = await failureOf(stage.driver.run(() => stage.scaling.readGroups(["nodes-a"])));
  expect(error.kind).toBe("aws-unreachable");
  expect(stage.passed()).toBeGreaterThan(longest / 3);
  expect(stage.passed()).toBeLessThanOrEqual(longest);
});

test("an endpoint that does not know instance refreshes stops no plan; a missing right does", async () => {
  const stage = aStage();
  const refuse = (code: string, http: number) => (action: AwsAction) =>
    action === "DescribeInstanceRefreshes" ? new AwsError(code, "", http, true) : undefined;
  stage.fault = refuse("MalformedAnswer", 500);
  const read = (): Promise<unknown> =>
    stage.driver.run(() => stage.scaling.readGroupsOfInstances(instancesOf(stage)));
  expect(await read()).toHaveLength(2);
  expect(stage.passed()).toBeLessThan(6000);
  stage.fault = refuse("AccessDenied", 403);
  expect((await failureOf(read())).kind).toBe("aws-forbidden");
});

test("a termination is one call, without decrement", async () => {
  const stage = aStage();
  const [id = ""] = instancesOf(stage).slice(-1);
  expect(await stage.driver.run(() => stage.scaling.terminate(id))).toEqual({ kind: "accepted" });
  expect(stage.sent).toEqual([
    {
      action: "TerminateInstanceInAutoScalingGroup",
      input: { InstanceId: id, ShouldDecrementDesiredCapacity: false },
    },
  ]);
  expect(stage.world.fleet.groups.get("nodes-a")?.desired).toBe(3);
});

test("an instance that no group manages is not found", async () => {
  const stage = aStage();
  expect(await stage.driver.run(() => stage.scaling.terminate("i-nobody"))).toEqual({ kind: "not-found" });
});

test.each([
  ["ScalingActivityInProgress", 400, "busy"],
  ["ScalingActivityInProgressFault", 400, "busy"],
  ["ResourceContention", 500, "busy"],
  ["ResourceContentionFault", 500, "busy"],
  ["Throttling", 400, "busy"],
  ["AccessDenied", 403, "refused"],
  ["ValidationError", 400, "refused"],
  ["CredentialsMissing", 0, "refused"],
  ["InternalFailure", 500, "unknown"],
  ["Unreachable", 0, "unknown"],
] as const)("a termination that meets %s is not sent again", async (code, http, kind) => {
  const stage = aStage();
  stage.fault = () => new AwsError(code, "because", http, true);
  expect((await stage.driver.run(() => stage.scaling.terminate("i-1"))).kind).toBe(kind);
  expect(stage.sent).toHaveLength(1);
});

test("a termination that is never answered is unknown after our deadline", async () => {
  const stage = aStage(() => ({ call: () => new Promise(() => {}) }));
  expect((await stage.driver.run(() => stage.scaling.terminate("i-1"))).kind).toBe("unknown");
});

test("activities come newest first, at most twenty", async () => {
  const stage = aStage();
  const [id = ""] = instancesOf(stage).slice(-1);
  await stage.driver.run(() => stage.scaling.terminate(id));
  const activities = await stage.driver.run(() => stage.scaling.readActivities("nodes-a"));
  expect(activities[0]?.description).toContain(id);
  expect(stage.sent.at(-1)?.input).toEqual({ AutoScalingGroupName: "nodes-a", MaxRecords: 20 });
});

test("an instance lives, in its group or in none, until EC2 ends it or forgets it", async () => {
  const stage = aStage();
  const [instance] = [...stage.world.fleet.instances.values()];
  const alive = () => stage.driver.run(() => stage.scaling.isInstanceAlive(instance?.id ?? ""));
  expect(await alive()).toBe(true);
  Object.assign(instance ?? {}, { group: "elsewhere" });
  expect(await alive()).toBe(true);
  for (const state of ["shutting-down", "terminated"]) {
    Object.assign(instance ?? {}, { state });
    expect(await alive()).toBe(false);
  }
  expect(await stage.driver.run(() => stage.scaling.isInstanceAlive("i-0123456789abcdef0"))).toBe(false);
});
