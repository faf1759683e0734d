import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DescribeImagesCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import type { Scenario, ScenarioGroup } from "#world/scenario.ts";
import { groupTag } from "./bridge/fleet.ts";
import { labelTag } from "./bridge/node-object.ts";
import { RigError } from "./rig-error.ts";
import { awsEnvironment } from "./rig-state.ts";
import { waitUntil } from "./wait-until.ts";

/** What every group is made from. */
interface Account {
  readonly scaling: AutoScalingClient;
  readonly ec2: EC2Client;
  readonly image: string;
  /** Zone → subnet. */
  readonly subnets: ReadonlyMap<string, string>;
}

/** Makes the groups of the scenario at the endpoint on this port. Settled when all their instances are launched. */
export async function seedFleet(port: number, { groups, cluster = "k8s.test" }: Scenario): Promise<void> {
  // else the SDK warns of Node's age
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  const { AWS_ENDPOINT_URL: endpoint = "", AWS_REGION: region = "" } = awsEnvironment(port);
  const credentials = { accessKeyId: "seed", secretAccessKey: "x" };
  const [scaling, ec2] = [
    new AutoScalingClient({ endpoint, region, credentials }),
    new EC2Client({ endpoint, region, credentials }),
  ];
  const account = { scaling, ec2, image: await anImage(ec2), subnets: await subnetsByZone(ec2) };
  for (const group of groups) await seedGroup(account, group, cluster);
  scaling.destroy();
  ec2.destroy();
}

async function anImage(ec2: EC2Client): Promise<string> {
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ["amazon"] }));
  return Images[0]?.ImageId ?? "";
}

async function subnetsByZone(ec2: EC2Client): Promise<ReadonlyMap<string, string>> {
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  return new Map(Subnets.map(({ AvailabilityZone = "", SubnetId = "" }) => [AvailabilityZone, SubnetId]));
}

/** The version that runs is pinned until all instances stand: a group may follow $Latest, and later ones wait. */
async function seedGroup(account: Account, group: ScenarioGroup, cluster: string): Promise<void> {
  const { follows = "$Latest", running = 1, latest = running } = group.launchTemplate ?? {};
  const id = await createTemplate(account, group);
  await createVersions(account, id, 2, running);
  const template = (version: string) => ({ LaunchTemplateId: id, Version: version });
  await account.scaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: group.name,
      MinSize: group.min ?? group.size,
      MaxSize: group.max ?? group.size,
      DesiredCapacity: group.size,
      LaunchTemplate: template(String(running)),
      VPCZoneIdentifier: group.zones.map((zone) => subnetOf(account, zone)).join(","),
      Tags: tagsOf(group, cluster),
    }),
  );
  await awaitInstances(account.scaling, group);
  await createVersions(account, id, running + 1, latest);
  const update = { AutoScalingGroupName: group.name, LaunchTemplate: template(follows) };
  await account.scaling.send(new UpdateAutoScalingGroupCommand(update));
  await suspend(account.scaling, group);
}

function subnetOf({ subnets }: Account, zone: string): string {
  const subnet = subnets.get(zone);
  if (subnet === undefined) {
    throw new RigError(`The rig has no zone ${zone}: it has ${[...subnets.keys()].sort().join(", ")}.`);
  }
  return subnet;
}

async function createTemplate({ ec2, image }: Account, group: ScenarioGroup): Promise<string> {
  const { LaunchTemplate } = await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: group.name,
      LaunchTemplateData: { ImageId: image, InstanceType: instanceTypeOf(group) },
    }),
  );
  return LaunchTemplate?.LaunchTemplateId ?? "";
}

function instanceTypeOf({ instanceType = "m5.large" }: ScenarioGroup): "m5.large" {
  // any type's name will do: the endpoint knows them all
  return instanceType as "m5.large";
}

async function createVersions(
  { ec2, image }: Account,
  id: string,
  first: number,
  last: number,
): Promise<void> {
  for (let version = first; version <= last; version++) {
    const data = { ImageId: image, InstanceType: "m5.xlarge" } as const;
    const input = { LaunchTemplateId: id, LaunchTemplateData: data };
    await ec2.send(new CreateLaunchTemplateVersionCommand(input));
  }
}

function tagsOf({ name }: ScenarioGroup, cluster: string) {
  const tags = {
    KubernetesCluster: cluster,
    [`${labelTag}kops.k8s.io/instancegroup`]: name,
    [groupTag]: name,
  };
  return Object.entries(tags).map(([Key, Value]) => ({
    Key,
    Value,
    PropagateAtLaunch: true,
    ResourceId: name,
    ResourceType: "auto-scaling-group",
  }));
}

async function awaitInstances(scaling: AutoScalingClient, { name, size }: ScenarioGroup): Promise<void> {
  const look = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
  await waitUntil({ what: `the ${size} instances of ${name}`, timeoutSeconds: 60 }, async () => {
    const { AutoScalingGroups = [] } = await scaling.send(look);
    return AutoScalingGroups[0]?.Instances?.length === size ? true : undefined;
  });
}

async function suspend(scaling: AutoScalingClient, { name, suspended = [] }: ScenarioGroup): Promise<void> {
  if (suspended.length === 0) return;
  const input = { AutoScalingGroupName: name, ScalingProcesses: [...suspended] };
  await scaling.send(new SuspendProcessesCommand(input));
}
