import { type EC2Client, type Instance, paginateDescribeInstances } from "@aws-sdk/client-ec2";

/** The tag of every instance of a rig that names its scenario's group; it outlives a detachment. */
export const groupTag = "rig/group";

/** An instance of the scenario's groups, as EC2 tells it. */
export interface FleetInstance {
  readonly id: string;
  /** pending, running, shutting-down, terminated, stopping, stopped */
  readonly state: string;
  /** "" once terminated */
  readonly dnsName: string;
  readonly zone: string;
  readonly type: string;
  readonly group: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** Looks at EC2 and knows for how long each instance has been running. */
export class Fleet {
  private readonly client: EC2Client;
  private readonly joinMilliseconds: number;
  private readonly runningSince = new Map<string, number>();
  /** The instances of the first look that saw any join at once, so that a scenario is up soon. */
  private readonly first = new Set<string>();

  constructor(client: EC2Client, joinMilliseconds: number) {
    this.client = client;
    this.joinMilliseconds = joinMilliseconds;
  }

  /** By instance id. */
  async look(): Promise<ReadonlyMap<string, FleetInstance>> {
    const found = new Map<string, FleetInstance>();
    const input = { Filters: [{ Name: "tag-key", Values: [groupTag] }] };
    for await (const page of paginateDescribeInstances({ client: this.client }, input)) {
      for (const instance of (page.Reservations ?? []).flatMap(({ Instances }) => Instances ?? [])) {
        const projected = project(instance);
        found.set(projected.id, projected);
      }
    }
    if (this.first.size === 0) for (const id of found.keys()) this.first.add(id);
    return found;
  }

  /** Whether it has been running long enough for its kubelet to register. */
  mayJoin({ id, state }: FleetInstance): boolean {
    if (state !== "running") return false;
    const since = this.runningSince.get(id) ?? performance.now();
    this.runningSince.set(id, since);
    return this.first.has(id) || performance.now() - since >= this.joinMilliseconds;
  }
}

function project(instance: Instance): FleetInstance {
  const tags = new Map((instance.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
  return {
    id: instance.InstanceId ?? "",
    state: instance.State?.Name ?? "",
    dnsName: instance.PrivateDnsName ?? "",
    zone: instance.Placement?.AvailabilityZone ?? "",
    type: instance.InstanceType ?? "",
    group: tags.get(groupTag) ?? "",
    tags,
  };
}
