import type { AwsGroup, AwsInstance, AwsWire, KubernetesWire } from "#gateway/wire.ts";
import type { ReadCluster } from "#world/load-snapshot.ts";

/** What is read of a cluster to load it elsewhere: what dextre reads itself, and what stands beside it. */
const paths = [
  "/api/v1/nodes",
  "/api/v1/namespaces",
  "/api/v1/pods",
  "/api/v1/persistentvolumes",
  "/api/v1/persistentvolumeclaims",
  "/api/v1/serviceaccounts",
  "/apis/apps/v1/deployments",
  "/apis/apps/v1/replicasets",
  "/apis/apps/v1/statefulsets",
  "/apis/apps/v1/daemonsets",
  "/apis/apps/v1/controllerrevisions",
  "/apis/batch/v1/jobs",
  "/apis/policy/v1/poddisruptionbudgets",
  "/apis/coordination.k8s.io/v1/leases",
  "/apis/scheduling.k8s.io/v1/priorityclasses",
] as const;

/** Reads a whole cluster and its cloud. `now`: the moment, ms since epoch. */
export async function readCluster(
  kubernetes: KubernetesWire,
  aws: AwsWire,
  now: number,
): Promise<ReadCluster> {
  const lists = await Promise.all(
    paths.map(async (path) => {
      const { status, body } = await kubernetes.request({ method: "GET", path });
      if (status !== 200) throw new Error(`GET ${path}: HTTP ${status}`);
      return [path.split("/").at(-1) ?? "", body as ReadCluster["lists"][string]] as const;
    }),
  );
  const groups = await readGroups(aws);
  return {
    now,
    lists: Object.fromEntries(lists),
    groups,
    instances: await readInstances(aws, groups),
    templates: await readTemplates(aws, groups),
  };
}

async function readGroups(aws: AwsWire): Promise<readonly AwsGroup[]> {
  const found: AwsGroup[] = [];
  let token: string | undefined;
  do {
    const input = token === undefined ? {} : { NextToken: token };
    const { AutoScalingGroups = [], NextToken } = await aws.call("DescribeAutoScalingGroups", input);
    found.push(...AutoScalingGroups);
    token = NextToken === "" ? undefined : NextToken;
  } while (token !== undefined);
  return found;
}

async function readInstances(aws: AwsWire, groups: readonly AwsGroup[]): Promise<readonly AwsInstance[]> {
  const ids = groups.flatMap(({ Instances = [] }) => Instances.flatMap(({ InstanceId }) => InstanceId ?? []));
  const { Reservations = [] } = await aws.call("DescribeInstances", { InstanceIds: ids });
  return Reservations.flatMap(({ Instances = [] }) => Instances);
}

async function readTemplates(aws: AwsWire, groups: readonly AwsGroup[]): Promise<ReadCluster["templates"]> {
  const ids = new Set(groups.flatMap(({ LaunchTemplate }) => LaunchTemplate?.LaunchTemplateId ?? []));
  const number = async (id: string, version: string): Promise<number> => {
    const input = { LaunchTemplateId: id, Versions: [version] };
    const { LaunchTemplateVersions = [] } = await aws.call("DescribeLaunchTemplateVersions", input);
    return LaunchTemplateVersions[0]?.VersionNumber ?? 1;
  };
  const entries = [...ids].map(
    async (id) =>
      [id, { latest: await number(id, "$Latest"), default: await number(id, "$Default") }] as const,
  );
  return new Map(await Promise.all(entries));
}
