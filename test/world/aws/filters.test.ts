import { describe, expect, test } from "vitest";
import type { InputOf, WorldAwsAction } from "#world/aws/actions.ts";
import { Cloud } from "./support.ts";

const filter = (Name: string, ...Values: readonly string[]) => ({ Filters: [{ Name, Values }] });

/** How many items the answer holds. */
function count<A extends WorldAwsAction>(cloud: Cloud, action: A, input: object): number {
  const lists = Object.values(cloud.call(action, input as InputOf<A>)).filter(Array.isArray);
  return lists[0]?.length ?? 0;
}

function taggedCloud(): Cloud {
  const cloud = new Cloud();
  const tag = { ResourceId: "web", ResourceType: "auto-scaling-group", Key: "owner", Value: "payments" };
  cloud.call("CreateOrUpdateTags", { Tags: [tag] });
  return cloud;
}

describe("filters are obeyed", () => {
  test.each<[WorldAwsAction, object, number]>([
    ["DescribeAutoScalingGroups", filter("tag:owner", "payments", "search"), 1],
    ["DescribeAutoScalingGroups", filter("tag:owner", "search"), 0],
    ["DescribeAutoScalingGroups", filter("tag:nope", "payments"), 0],
    ["DescribeAutoScalingGroups", filter("tag-key", "owner"), 1],
    ["DescribeAutoScalingGroups", filter("tag-value", "search"), 0],
    ["DescribeTags", filter("key", "owner"), 1],
    ["DescribeTags", filter("value", "search"), 0],
    ["DescribeTags", filter("auto-scaling-group", "other"), 0],
    ["DescribeLaunchTemplates", filter("launch-template-name", "nope"), 0],
    ["DescribeLaunchTemplates", filter("launch-template-name", "*"), 1],
    ["DescribeInstances", filter("tag:aws:autoscaling:groupName", "web"), 3],
    ["DescribeInstances", filter("tag:aws:autoscaling:groupName", "w?"), 0],
    ["DescribeInstances", filter("availability-zone", "*1a"), 1],
    ["DescribeInstances", filter("instance-state-name", "running", "pending"), 3],
  ])("%s %j", (action, input, expected) => {
    expect(count(taggedCloud(), action, input)).toBe(expected);
  });

  test("all of them, where there are several", () => {
    const Filters = [
      { Name: "tag:owner", Values: ["payments"] },
      { Name: "tag-key", Values: ["nope"] },
    ];
    expect(count(taggedCloud(), "DescribeAutoScalingGroups", { Filters })).toBe(0);
  });
});

test.each<[WorldAwsAction, string]>([
  ["DescribeAutoScalingGroups", "ValidationError"],
  ["DescribeTags", "ValidationError"],
  ["DescribeLaunchTemplates", "InvalidParameterValue"],
  ["DescribeInstances", "InvalidParameterValue"],
])("a filter of an unknown name is refused: %s", (action, code) => {
  for (const name of ["colour", "constructor", ""]) {
    const error = taggedCloud().errorOf(action, filter(name, "x") as InputOf<typeof action>);
    expect(error).toMatchObject({ code, message: expect.stringContaining(`'${name}'`) });
  }
});
