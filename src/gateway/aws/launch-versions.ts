import { GatewayError } from "#gateway/ports.ts";
import type { AwsGroup } from "#gateway/wire.ts";
import type { ScalingGroup } from "#model/objects.ts";
import type { Caller } from "./caller.ts";
import { launchTemplateOf } from "./project-group.ts";
import { callRead } from "./read.ts";

/** Groups are polled every few seconds while one waits; their template's newest version need not be. */
const REMEMBERED_SECONDS = 30;

interface Remembered {
  readonly version: string;
  readonly at: number;
}

/**
 * Resolves "$Latest" and "$Default" to the number that a new instance would get. An answer is
 * remembered for 30 s, so that polling a group stays one call.
 */
export class LaunchVersions {
  readonly #caller: Caller;
  /** By template and alias. */
  readonly #remembered = new Map<string, Remembered>();

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Template id and version number, or the launch configuration's name as both. @throws GatewayError */
  async resolve(group: AwsGroup, signal: AbortSignal | undefined): Promise<ScalingGroup["launch"]> {
    const template = launchTemplateOf(group);
    if (template === undefined) {
      const name = group.LaunchConfigurationName ?? "";
      return { template: name, version: name };
    }
    const id = template.LaunchTemplateId ?? "";
    const version = template.Version ?? "$Default";
    if (id === "" || !version.startsWith("$")) {
      return { template: id || (template.LaunchTemplateName ?? ""), version };
    }
    return { template: id, version: await this.#number(id, version, signal) };
  }

  async #number(id: string, alias: string, signal: AbortSignal | undefined): Promise<string> {
    const key = `${id} ${alias}`;
    const now = this.#caller.clock.monotonic();
    const known = this.#remembered.get(key);
    if (known && now - known.at < REMEMBERED_SECONDS * 1000) return known.version;
    const input = { LaunchTemplateId: id, Versions: [alias] };
    const output = await callRead(this.#caller, "DescribeLaunchTemplateVersions", input, signal);
    const number = output.LaunchTemplateVersions?.[0]?.VersionNumber;
    if (number === undefined) {
      throw new GatewayError("aws-failed", `DescribeLaunchTemplateVersions: ${id} has no version ${alias}`);
    }
    const version = String(number);
    this.#remembered.set(key, { version, at: now });
    return version;
  }
}
