import type { Group, Instance } from "./types.ts";

/** What reads answer from: the fleet itself, or what it was a little ago. */
export interface FleetView {
  readonly region: string;
  readonly account: string;
  readonly groups: ReadonlyMap<string, Group>;
  readonly instances: ReadonlyMap<string, Instance>;
}

/** Those that the group counts or lets go; not those of its warm pool. */
export function membersIn({ instances }: FleetView, group: string): readonly Instance[] {
  return [...instances.values()].filter(
    (instance) => instance.group === group && instance.lifecycle !== "gone" && !isWarm(instance),
  );
}

/** The group's warm pool. */
export function warmPoolIn({ instances }: FleetView, group: string): readonly Instance[] {
  return [...instances.values()].filter((instance) => instance.group === group && isWarm(instance));
}

export const isWarm = ({ lifecycle }: Instance): boolean => lifecycle.startsWith("Warmed");

interface Past extends FleetView {
  /** ms since epoch, from when on it was so. */
  readonly since: number;
}

/** Keeps what the fleet was, so that reads can lag as those of an eventually consistent service do. */
export class FleetHistory {
  /** Reads answer from a state up to this old; 0: the present. */
  lagMs = 0;
  private past: Past[] = [];

  /** To be called after every change. */
  note(fleet: FleetView, now: number): void {
    if (this.lagMs === 0) {
      this.past = [];
      return;
    }
    this.past.push(copyOf(fleet, now));
    while ((this.past[1]?.since ?? Number.POSITIVE_INFINITY) <= now - this.lagMs) this.past.shift();
  }

  /** What a read at this time sees. `ageMs` in [0, lagMs]. */
  at(fleet: FleetView, time: number): FleetView {
    if (this.lagMs === 0) return fleet;
    return this.past.findLast(({ since }) => since <= time) ?? this.past[0] ?? fleet;
  }
}

function copyOf(fleet: FleetView, since: number): Past {
  const { region, account, groups, instances } = fleet;
  return {
    region,
    account,
    since,
    groups: new Map(
      [...groups].map(([name, group]) => [
        name,
        { ...group, template: { ...group.template }, refreshes: group.refreshes.map((one) => ({ ...one })) },
      ]),
    ),
    instances: new Map([...instances].map(([id, instance]) => [id, { ...instance }])),
  };
}
