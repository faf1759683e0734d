import type { AwsGroup, AwsInstance } from "#gateway/wire.ts";
import { type Group, type Instance, type NodeShape, newGroupState, type Template } from "./aws/types.ts";
import { isRecord, textAt } from "./json.ts";
import { storeOf } from "./kubernetes/cluster.ts";
import type { Plural } from "./kubernetes/kind-types.ts";
import { apiVersionOf, kindList } from "./kubernetes/kinds.ts";
import type { Node } from "./kubernetes/node-types.ts";
import { isNodeReady } from "./kubernetes/nodes.ts";
import type { Resource } from "./kubernetes/object-types.ts";
import { World } from "./world.ts";

/** A cluster and its cloud as their servers described them at one moment. */
export interface ReadCluster {
  /** When it was read, ms since epoch. */
  readonly now: number;
  /** The lists of the API server, by plural; kinds that the world does not know are left out. */
  readonly lists: Readonly<
    Record<string, { readonly items?: readonly unknown[]; readonly metadata?: unknown }>
  >;
  /** DescribeAutoScalingGroups, all pages. */
  readonly groups: readonly AwsGroup[];
  /** DescribeInstances of the groups' instances. */
  readonly instances: readonly AwsInstance[];
  /** By id of a launch template, as DescribeLaunchTemplateVersions resolves $Latest and $Default. */
  readonly templates: ReadonlyMap<string, { readonly latest: number; readonly default: number }>;
}

/**
 * A world that stands as the read cluster did, with its names, UIDs, versions and times, and goes on from
 * there by itself. Nothing is watched or admitted on the way in.
 */
export function loadSnapshot(read: ReadCluster, { seed }: { readonly seed: number }): World {
  const world = new World({ seed, now: read.now });
  const objects = kindList.flatMap(({ plural }) => objectsOf(read, plural)).toSorted(byVersion);
  for (const group of read.groups) addGroup(world, group, read);
  const { counter } = world.cluster;
  for (const { plural, object } of objects) {
    counter.version = Number(object.metadata.resourceVersion) - 1;
    storeOf(world.cluster, plural).put(object);
  }
  for (const node of world.list("nodes"))
    if (!isNodeReady(node)) world.cluster.deadKubelets.add(node.metadata.name);
  world.compact();
  return world;
}

interface Loaded {
  readonly plural: Plural;
  readonly object: Resource;
}

function byVersion(left: Loaded, right: Loaded): number {
  return Number(left.object.metadata.resourceVersion) - Number(right.object.metadata.resourceVersion);
}

/** Items of a list carry neither kind nor apiVersion; events are not part of what stands. */
function objectsOf({ lists }: ReadCluster, plural: Plural): readonly Loaded[] {
  const info = kindList.find((one) => one.plural === plural);
  if (info === undefined || plural === "events") return [];
  const typed = (lists[plural]?.items ?? [])
    .filter(isRecord)
    .map((item): unknown => ({ ...item, apiVersion: apiVersionOf(info), kind: info.kind }));
  return typed.filter(isResource).map((object) => ({ plural, object }));
}

/** A server wrote it: what has a name has the rest. */
function isResource(value: unknown): value is Resource {
  return textAt(value, "metadata", "name") !== undefined;
}

function addGroup(world: World, group: AwsGroup, read: ReadCluster): void {
  const name = group.AutoScalingGroupName ?? "";
  const nodes = objectsOf(read, "nodes").map(({ object }) => object as Node);
  const ids = new Set((group.Instances ?? []).map(({ InstanceId }) => InstanceId));
  const own = nodes.filter(({ spec }) => ids.has(instanceIdOf(spec.providerID)));
  const made = newGroup(group, shapeOf(own[0], group, read), templateOf(group, read));
  world.fleet.addGroup(made);
  for (const member of group.Instances ?? []) {
    const described = read.instances.find(({ InstanceId }) => InstanceId === member.InstanceId);
    const node = own.find(({ spec }) => instanceIdOf(spec.providerID) === member.InstanceId);
    const instance: Instance = {
      id: member.InstanceId ?? "",
      group: name,
      zone: member.AvailabilityZone ?? "",
      dnsName: described?.PrivateDnsName ?? node?.metadata.name ?? "",
      type: member.InstanceType ?? described?.InstanceType ?? made.shape.instanceType,
      templateVersion: Number(member.LaunchTemplate?.Version ?? 1),
      lifecycle: member.LifecycleState ?? "InService",
      state: described?.State?.Name ?? "running",
      isProtected: member.ProtectedFromScaleIn === true,
      health: member.HealthStatus === "Unhealthy" ? "Unhealthy" : "Healthy",
      launchedAt: node === undefined ? read.now : Date.parse(node.metadata.creationTimestamp),
      endedAt: undefined,
      wait: undefined,
      isExtra: false,
    };
    world.fleet.addKnown(instance);
    if (node !== undefined) world.cloudNodes.addKnown(instance);
  }
}

function instanceIdOf(providerId: string | undefined): string {
  return providerId?.split("/").at(-1) ?? "";
}

function newGroup(group: AwsGroup, shape: NodeShape, template: Template): Group {
  return {
    name: group.AutoScalingGroupName ?? "",
    ...(group.AutoScalingGroupARN === undefined ? {} : { arn: group.AutoScalingGroupARN }),
    min: group.MinSize ?? 0,
    max: group.MaxSize ?? 0,
    desired: group.DesiredCapacity ?? 0,
    zones: group.AvailabilityZones ?? [],
    template,
    templateVersion: launchTemplateOf(group)?.Version ?? "$Latest",
    shape,
    tags: (group.Tags ?? []).map(({ Key = "", Value = "" }) => ({ Key, Value })),
    suspended: (group.SuspendedProcesses ?? []).flatMap(({ ProcessName }) => ProcessName ?? []),
    refreshes: [],
    activities: [],
    launchFailures: [],
    reusesNames: false,
    freedNames: [],
    ...newGroupState(),
  };
}

function launchTemplateOf(group: AwsGroup): AwsGroup["LaunchTemplate"] {
  return group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
}

function templateOf(group: AwsGroup, { templates }: ReadCluster): Template {
  const found = launchTemplateOf(group);
  const id = found?.LaunchTemplateId ?? "";
  const versions = templates.get(id) ?? { latest: 1, default: 1 };
  return { id, name: found?.LaunchTemplateName ?? "", ...versions, data: new Map() };
}

/** What the group's next nodes look like: as one that it has. */
function shapeOf(node: Node | undefined, group: AwsGroup, read: ReadCluster): NodeShape {
  const labels = node?.metadata.labels ?? {};
  const role = Object.keys(labels)
    .find((key) => key.startsWith(rolePrefix))
    ?.slice(rolePrefix.length);
  const name = node?.metadata.name ?? "";
  const mirrors = objectsOf(read, "pods").filter(
    ({ object }) =>
      mirrorKey in (object.metadata.annotations ?? {}) && object.metadata.name.endsWith(`-${name}`),
  );
  const lasting = (node?.spec.taints ?? []).filter(({ key }) => !key.startsWith("node.kubernetes.io/"));
  return {
    instanceType: group.Instances?.[0]?.InstanceType ?? "m5.large",
    capacity: (node?.status.capacity as NodeShape["capacity"] | undefined) ?? {},
    role: role ?? "node",
    labels: Object.fromEntries(Object.entries(labels).filter(([key]) => !isOfOneNode(key))),
    taints: lasting,
    kubeletVersion: node?.status.nodeInfo?.kubeletVersion ?? "v1.36.3",
    mirrorPods:
      name === "" ? [] : mirrors.map(({ object }) => object.metadata.name.slice(0, -name.length - 1)),
    mirrorPodsReady: mirrors[0]?.object.metadata.annotations?.["rig/ready-delay"],
  };
}

const rolePrefix = "node-role.kubernetes.io/";
const mirrorKey = "kubernetes.io/config.mirror";

/** Labels that each node gets for itself, and the mark of a kubelet that is played. */
function isOfOneNode(key: string): boolean {
  return (
    key.startsWith(rolePrefix) ||
    key.startsWith("kubernetes.io/") ||
    key.startsWith("beta.kubernetes.io/") ||
    key.startsWith("topology.kubernetes.io/") ||
    key.startsWith("failure-domain.beta.kubernetes.io/") ||
    key === "node.kubernetes.io/instance-type" ||
    key === "kwok.x-k8s.io/alive"
  );
}
