import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeInstanceRefreshesCommand,
  DescribeScalingActivitiesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import type { AwsAction, AwsActions } from "#gateway/wire.ts";

export type AwsSenders = {
  readonly [A in AwsAction]: (
    input: AwsActions[A]["input"],
    signal: AbortSignal | undefined,
  ) => Promise<unknown>;
};

type Options = { abortSignal: AbortSignal } | undefined;
const options = (signal: AbortSignal | undefined): Options => (signal ? { abortSignal: signal } : undefined);
/** The SDK's inputs are not readonly. */
const copy = (list: readonly string[] | undefined): string[] | undefined => (list ? [...list] : undefined);

/**
 * The SDK's clients with its retries off: what may be repeated is for the gateway to say, and a
 * termination is not. AWS_ENDPOINT_URL and the usual chain of credentials hold.
 */
export function createAwsSenders(region: string | undefined): AwsSenders {
  const config = {
    maxAttempts: 1,
    userAgentAppId: "dextre",
    requestHandler: { connectionTimeout: 5000 },
    ...(region === undefined ? {} : { region }),
  };
  const scaling = new AutoScalingClient(config);
  let ec2: EC2Client | undefined;
  const useEc2 = (): EC2Client => {
    ec2 ??= new EC2Client(config);
    return ec2;
  };
  return {
    DescribeAutoScalingGroups: (input, signal) => {
      const command = new DescribeAutoScalingGroupsCommand({
        ...input,
        AutoScalingGroupNames: copy(input.AutoScalingGroupNames),
      });
      return scaling.send(command, options(signal));
    },
    DescribeAutoScalingInstances: (input, signal) => {
      const command = new DescribeAutoScalingInstancesCommand({
        ...input,
        InstanceIds: copy(input.InstanceIds),
      });
      return scaling.send(command, options(signal));
    },
    DescribeScalingActivities: (input, signal) =>
      scaling.send(new DescribeScalingActivitiesCommand(input), options(signal)),
    DescribeInstanceRefreshes: (input, signal) =>
      scaling.send(new DescribeInstanceRefreshesCommand(input), options(signal)),
    TerminateInstanceInAutoScalingGroup: (input, signal) =>
      scaling.send(new TerminateInstanceInAutoScalingGroupCommand(input), options(signal)),
    DescribeInstances: (input, signal) =>
      useEc2().send(
        new DescribeInstancesCommand({ ...input, InstanceIds: copy(input.InstanceIds) }),
        options(signal),
      ),
    DescribeLaunchTemplateVersions: (input, signal) => {
      const command = new DescribeLaunchTemplateVersionsCommand({ ...input, Versions: [...input.Versions] });
      return useEc2().send(command, options(signal));
    },
  };
}
