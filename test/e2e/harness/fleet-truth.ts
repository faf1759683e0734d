import { readFileSync } from "node:fs";
import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
} from "@aws-sdk/client-auto-scaling";
import { fleetLogPath } from "#test/rig/rig-state.ts";
import type { TestRig } from "./test-rig.ts";

/** The group as AWS tells it, read with credentials that the log tells from dextre's. */
export async function describeGroup(rig: TestRig, name = "nodes-a"): Promise<AutoScalingGroup> {
  const client = new AutoScalingClient({
    endpoint: `http://127.0.0.1:${rig.state.ports.fleet}`,
    region: "eu-west-1",
    credentials: { accessKeyId: "judge", secretAccessKey: "x" },
  });
  const answer = await client.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
  client.destroy();
  const group = answer.AutoScalingGroups?.[0];
  if (!group) throw new Error(`no group ${name}`);
  return group;
}

export type FleetEffect =
  | { readonly effect: "launch" | "terminate"; readonly group: string; readonly instance: string }
  | {
      readonly effect: "desired";
      readonly group: string;
      readonly before: number | null;
      readonly after: number;
    };

/** One mutating call to the AWS endpoint, or what the endpoint did by itself (action and caller null). */
export interface FleetCall {
  /** Epoch seconds. */
  readonly at: number;
  /** The access key: "x" is dextre, "seed" the scenario. */
  readonly caller: string | null;
  readonly action: string | null;
  readonly parameters: Readonly<Record<string, string>>;
  readonly status: number;
  /** What it really changed; none where it changed nothing. */
  readonly effects: readonly FleetEffect[];
}

/** Every mutating call so far, in order. */
export function readFleetLog(rig: TestRig): readonly FleetCall[] {
  const text = readFileSync(fleetLogPath(rig.state.folder), "utf8");
  const lines = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as FleetCall);
}
