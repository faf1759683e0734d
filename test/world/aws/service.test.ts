import { describe, expect, test } from "vitest";
import type { WorldAwsAction } from "#world/aws/actions.ts";
import { Cloud, ofWeb } from "./support.ts";

describe("an instance refresh", () => {
  test("replaces all instances with the minimum healthy, and blocks another", () => {
    const cloud = new Cloud();
    const before = cloud.ids;
    const { InstanceRefreshId } = cloud.call("StartInstanceRefresh", {
      ...ofWeb,
      Preferences: { MinHealthyPercentage: 66 },
    });
    expect(cloud.errorOf("StartInstanceRefresh", ofWeb).code).toBe("InstanceRefreshInProgress");
    let least = 3;
    for (let look = 0; look < 60; look++) {
      cloud.pass(5);
      const serving = [...cloud.states.values()].filter((state) => state === "InService").length;
      least = Math.min(least, serving);
    }
    expect(cloud.call("DescribeInstanceRefreshes", ofWeb).InstanceRefreshes).toMatchObject([
      { InstanceRefreshId, Status: "Successful", PercentageComplete: 100 },
    ]);
    expect(cloud.ids.filter((id) => before.includes(id))).toEqual([]);
    expect(least).toBe(2);
  });

  test("stops when it is cancelled", () => {
    const cloud = new Cloud();
    cloud.call("StartInstanceRefresh", ofWeb);
    cloud.pass(6);
    cloud.call("CancelInstanceRefresh", ofWeb);
    cloud.pass(10);
    const [refresh] = cloud.call("DescribeInstanceRefreshes", ofWeb).InstanceRefreshes ?? [];
    expect(refresh?.Status).toBe("Cancelled");
    expect(cloud.errorOf("CancelInstanceRefresh", ofWeb).code).toBe("ActiveInstanceRefreshNotFound");
  });
});

test("tags are written over and deleted", () => {
  const cloud = new Cloud();
  const tag = { ResourceId: "web", ResourceType: "auto-scaling-group", Key: "owner" };
  cloud.call("CreateOrUpdateTags", { Tags: [{ ...tag, Value: "one" }] });
  cloud.call("CreateOrUpdateTags", { Tags: [{ ...tag, Value: "two" }] });
  expect(cloud.group.Tags?.filter(({ Key }) => Key === "owner")).toEqual([{ Key: "owner", Value: "two" }]);
  cloud.call("DeleteTags", { Tags: [tag] });
  expect(cloud.call("DescribeTags", {}).Tags.some(({ Key }) => Key === "owner")).toBe(false);
});

test("a process that nobody knows cannot be suspended", () => {
  const cloud = new Cloud();
  const error = cloud.errorOf("SuspendProcesses", { ...ofWeb, ScalingProcesses: ["Lunch"] });
  expect(error.message).toContain("Lunch is not a valid process type");
});

test("throttling answers in each service's own words, and passes", () => {
  const cloud = new Cloud({}, { throttle: { burst: 2, perSecond: 1 } });
  cloud.call("DescribeInstances", {});
  cloud.call("DescribeInstances", {});
  expect(cloud.errorOf("DescribeInstances", {})).toMatchObject({ code: "RequestLimitExceeded", status: 503 });
  cloud.call("DescribeAutoScalingGroups", {});
  cloud.call("DescribeAutoScalingGroups", {});
  expect(cloud.errorOf("DescribeAutoScalingGroups", {})).toMatchObject({ code: "Throttling", status: 400 });
  cloud.pass(1);
  cloud.call("DescribeInstances", {});
});

test("reads that lag show the past for a while, then the present", () => {
  const cloud = new Cloud({}, { readLag: "10s" });
  const id = cloud.id(0);
  cloud.terminate(id);
  const seen = new Set<string | undefined>();
  for (let look = 0; look < 20; look++) {
    cloud.pass(0.2);
    seen.add(cloud.states.get(id));
  }
  expect(seen).toEqual(new Set(["InService", "Terminating"]));
  cloud.pass(10);
  expect(cloud.states.get(id)).toBe("Terminating");
});

test("a call may be refused as AWS does", () => {
  const cloud = new Cloud();
  cloud.actors.refuseNextCall("TerminateInstanceInAutoScalingGroup", "ResourceContention", "try again", 500);
  const input = { InstanceId: cloud.id(0), ShouldDecrementDesiredCapacity: false };
  expect(cloud.errorOf("TerminateInstanceInAutoScalingGroup", input)).toMatchObject({
    code: "ResourceContention",
    status: 500,
  });
  cloud.call("TerminateInstanceInAutoScalingGroup", input);
});

test("an action that is not modelled is an InvalidAction with a sentence", () => {
  const cloud = new Cloud();
  const error = cloud.errorOf("DeleteAutoScalingGroup" as WorldAwsAction, ofWeb as never);
  expect(error).toMatchObject({ code: "InvalidAction", status: 400 });
  expect(error.message).toContain("the embedded cluster does not model it");
});
