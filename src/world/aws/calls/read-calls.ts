import type { InputOf, OutputOf } from "../actions.ts";
import {
  describeGroup,
  describeGroupInstance,
  describeInstance,
  describeMember,
  instanceTags,
  page,
  requireGroup,
} from "../describe.ts";
import { fault, validationError } from "../faults.ts";
import { applyFilters, type Filtered, tagReader } from "../filters.ts";
import { type FleetView, warmPoolIn } from "../fleet-view.ts";
import type { Group, Instance } from "../types.ts";

/** What a read has besides its input: the moment, and from when on EC2 has forgotten ended instances. */
export interface ReadTime {
  /** ms since epoch. */
  readonly forgottenBefore: number;
}

/** Reads of groups and instances; each may lag. */
export const readCalls = {
  DescribeAutoScalingGroups(
    fleet: FleetView,
    input: InputOf<"DescribeAutoScalingGroups"> & Filtered,
  ): OutputOf<"DescribeAutoScalingGroups"> {
    const names = input.AutoScalingGroupNames ?? [];
    const all = [...fleet.groups.values()].filter(({ name }) => names.length === 0 || names.includes(name));
    const tagged = (name: string) => tagReader(name, ({ tags }: Group) => tags);
    const wanted = applyFilters(all, input, tagged, "autoscaling");
    const { items, next } = page(wanted, input.NextToken, pageSize(input.MaxRecords, 50, 100));
    return { AutoScalingGroups: items.map((group) => describeGroup(fleet, group)), ...next };
  },

  DescribeAutoScalingInstances(
    fleet: FleetView,
    input: InputOf<"DescribeAutoScalingInstances"> & { readonly MaxRecords?: number },
  ): OutputOf<"DescribeAutoScalingInstances"> {
    const ids = input.InstanceIds ?? [];
    if (ids.length > 50) throw validationError("The number of instance ids is above the limit of 50");
    const known = ids.length === 0 ? [...fleet.instances.values()] : knownOf(fleet, ids);
    const all = known.filter(({ lifecycle, group }) => lifecycle !== "gone" && group !== "");
    const { items, next } = page(all, input.NextToken, pageSize(input.MaxRecords, 50, 50));
    return { AutoScalingInstances: items.map((instance) => describeMember(fleet, instance)), ...next };
  },

  DescribeScalingActivities(
    fleet: FleetView,
    input: InputOf<"DescribeScalingActivities"> & {
      readonly NextToken?: string;
      readonly ActivityIds?: readonly string[];
    },
  ): OutputOf<"DescribeScalingActivities"> {
    const group = requireGroup(fleet, input.AutoScalingGroupName);
    const ids = input.ActivityIds ?? [];
    const wanted = group.activities.filter(({ ActivityId }) => ids.length === 0 || ids.includes(ActivityId));
    const { items, next } = page(wanted, input.NextToken, input.MaxRecords ?? 100);
    const named = items.map((activity) => ({ ...activity, AutoScalingGroupName: group.name }));
    return { Activities: named, ...next };
  },

  DescribeInstanceRefreshes(
    fleet: FleetView,
    input: InputOf<"DescribeInstanceRefreshes"> & {
      readonly NextToken?: string;
      readonly InstanceRefreshIds?: readonly string[];
    },
  ): OutputOf<"DescribeInstanceRefreshes"> {
    const group = requireGroup(fleet, input.AutoScalingGroupName);
    const ids = input.InstanceRefreshIds ?? [];
    const wanted = group.refreshes.filter(
      ({ InstanceRefreshId }) => ids.length === 0 || ids.includes(InstanceRefreshId),
    );
    const { items, next } = page(wanted, input.NextToken, input.MaxRecords ?? 50);
    const named = items.map((refresh) => ({ ...refresh, AutoScalingGroupName: group.name }));
    return { InstanceRefreshes: named, ...next };
  },

  DescribeWarmPool(fleet: FleetView, input: InputOf<"DescribeWarmPool">): OutputOf<"DescribeWarmPool"> {
    const group = requireGroup(fleet, input.AutoScalingGroupName);
    const warm = warmPoolIn(fleet, group.name);
    const { items, next } = page(warm, input.NextToken, pageSize(input.MaxRecords, 50, 50));
    const Instances = items.map((instance) => describeGroupInstance(fleet, instance));
    return warm.length === 0
      ? { Instances }
      : { Instances, ...next, WarmPoolConfiguration: { PoolState: "Stopped" } };
  },

  DescribeInstances(
    fleet: FleetView,
    input: InputOf<"DescribeInstances"> & {
      readonly MaxResults?: number;
    } & Filtered,
    { forgottenBefore }: ReadTime,
  ): OutputOf<"DescribeInstances"> {
    const isKnown = ({ endedAt }: Instance): boolean => endedAt === undefined || endedAt > forgottenBefore;
    const ids = input.InstanceIds ?? [];
    for (const id of ids) {
      const instance = fleet.instances.get(id);
      if (instance === undefined || !isKnown(instance)) throw unknownInstance(id);
    }
    const wanted = ids.length === 0 ? [...fleet.instances.values()] : knownOf(fleet, ids);
    const all = applyFilters(wanted.filter(isKnown), input, readerOf, "ec2");
    const { items, next } = page(all, input.NextToken, input.MaxResults ?? 1000);
    return { Reservations: items.map((instance) => ({ Instances: [describeInstance(instance)] })), ...next };
  },
};

export function unknownInstance(id: string): Error {
  return fault("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`);
}

function pageSize(wanted: number | undefined, usual: number, most: number): number {
  if (wanted === undefined) return usual;
  if (wanted >= 1 && wanted <= most) return wanted;
  throw validationError(
    `1 validation error detected: Value '${wanted}' at 'maxRecords' failed to satisfy constraint: Member must have value less than or equal to ${most}`,
  );
}

function knownOf(fleet: FleetView, ids: readonly string[]): readonly Instance[] {
  const wanted = new Set(ids);
  return [...fleet.instances.values()].filter(({ id }) => wanted.has(id));
}

/** Source: EC2 API reference, DescribeInstances; the names that ask for what an instance has here. */
const readers: Readonly<Record<string, (instance: Instance) => string>> = {
  "instance-id": ({ id }) => id,
  "private-dns-name": ({ dnsName }) => dnsName,
  "instance-state-name": ({ state }) => state,
  "availability-zone": ({ zone }) => zone,
  "instance-type": ({ type }) => type,
};

function readerOf(name: string): ((instance: Instance) => readonly string[]) | undefined {
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (read !== undefined) return (instance) => [read(instance)];
  return tagReader(name, ({ group }: Instance) => instanceTags(group));
}
