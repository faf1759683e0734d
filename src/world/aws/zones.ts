import type { Group, Instance } from "./types.ts";

/** Counts towards the desired capacity. */
export function isCounted({ lifecycle }: Instance): boolean {
  return lifecycle.startsWith("Pending") || lifecycle === "InService" || lifecycle === "Quarantined";
}

export function isEnding({ lifecycle }: Instance): boolean {
  return lifecycle.startsWith("Terminat") || lifecycle === "gone";
}

export function countIn(instances: readonly Instance[], zone: string): number {
  return instances.filter((instance) => instance.zone === zone).length;
}

/** The group's zones, those with the fewest of these instances first. */
export function emptiestFirst({ zones }: Group, instances: readonly Instance[]): readonly string[] {
  return [...zones].sort(
    (left, right) => countIn(instances, left) - countIn(instances, right) || (left < right ? -1 : 1),
  );
}

/** Is some zone more than one instance ahead of another? Source: AZRebalance. */
export function isUnbalanced(group: Group, instances: readonly Instance[]): boolean {
  const counts = group.zones.map((zone) => countIn(instances, zone));
  return Math.max(...counts) - Math.min(...counts) > 1;
}
