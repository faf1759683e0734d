import type { Random } from "../random.ts";
import type { Group, Instance } from "./types.ts";

/** Version number that a launch now would take. */
export function resolveVersion({ template, templateVersion }: Group): number {
  if (templateVersion === "$Latest") return template.latest;
  if (templateVersion === "$Default") return template.default;
  return Number(templateVersion);
}

/** Gives new instances their ids, names and addresses. */
export class InstanceMaker {
  private readonly region: string;
  private readonly random: Random;
  private readonly usedNames = new Set<string>();

  constructor(region: string, random: Random) {
    this.region = region;
    this.random = random;
  }

  make(group: Group, zone: string, templateVersion: number, launchedAt: number): Instance {
    return {
      id: `i-0${this.random.hexadecimal(16)}`,
      group: group.name,
      zone,
      dnsName: (group.reusesNames ? group.freedNames.shift() : undefined) ?? this.newName(group, zone),
      type: group.template.data.get(templateVersion)?.InstanceType ?? group.shape.instanceType,
      templateVersion,
      lifecycle: "Pending",
      state: "pending",
      isProtected: group.protectsNew,
      health: "Healthy",
      launchedAt,
      endedAt: undefined,
      wait: undefined,
      isExtra: false,
    };
  }

  /** No new instance gets this name. */
  reserve(name: string): void {
    this.usedNames.add(name);
  }

  private newName(group: Group, zone: string): string {
    const network = 32 * (1 + Math.max(0, group.zones.indexOf(zone)));
    for (;;) {
      const name = `ip-10-0-${network + this.random.between(0, 31)}-${this.random.between(4, 250)}.${this.region}.compute.internal`;
      if (this.usedNames.has(name)) continue;
      this.usedNames.add(name);
      return name;
    }
  }
}
