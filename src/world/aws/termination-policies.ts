import type { Group, Instance } from "./types.ts";
import { countIn } from "./zones.ts";

type Order = (left: Instance, right: Instance) => number;

const oldestFirst: Order = (left, right) => left.launchedAt - right.launchedAt;
const oldestTemplateFirst: Order = (left, right) => left.templateVersion - right.templateVersion;

/** Source: user guide, "Control which Auto Scaling instances terminate". Policies that need costs are as Default. */
const policies: Readonly<Record<string, readonly Order[]>> = {
  Default: [oldestTemplateFirst, oldestFirst],
  OldestInstance: [oldestFirst],
  NewestInstance: [(left, right) => oldestFirst(right, left)],
  OldestLaunchTemplate: [oldestTemplateFirst],
  OldestLaunchConfiguration: [],
  ClosestToNextInstanceHour: [],
  AllocationStrategy: [],
};

export function isTerminationPolicy(name: string): boolean {
  return Object.hasOwn(policies, name);
}

/** Who goes when the group shrinks: of the fullest zone that has one unprotected, by the policies in their order. */
export function chooseVictim(group: Group, alive: readonly Instance[]): Instance | undefined {
  const free = alive.filter(({ isProtected, lifecycle }) => !isProtected && lifecycle === "InService");
  const most = Math.max(...free.map(({ zone }) => countIn(alive, zone)));
  const fullest = [...new Set(free.map(({ zone }) => zone))].filter((zone) => countIn(alive, zone) === most);
  const zone = fullest.sort((left, right) => (left < right ? -1 : 1))[0];
  const orders = group.terminationPolicies.flatMap((name) => policies[name] ?? []);
  const ranked = free
    .filter((instance) => instance.zone === zone)
    .sort((left, right) => {
      for (const order of orders) {
        const difference = order(left, right);
        if (difference !== 0) return difference;
      }
      return oldestFirst(left, right);
    });
  return ranked[0];
}
