import { GatewayError } from "#gateway/ports.ts";
import type { Caller } from "./caller.ts";
import { callRead } from "./read.ts";

/** *Source:* EC2's InstanceStateName. */
const ENDED: ReadonlySet<string> = new Set(["shutting-down", "terminated"]);

/** An instance that EC2 does not know any more has ended. @throws GatewayError */
export async function isInstanceAlive(
  caller: Caller,
  instanceId: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const output = await callRead(caller, "DescribeInstances", { InstanceIds: [instanceId] }, signal);
    const found = (output.Reservations ?? []).flatMap((one) => one.Instances ?? []);
    return found.some((one) => one.InstanceId === instanceId && !ENDED.has(one.State?.Name ?? "terminated"));
  } catch (error) {
    const isUnknown = error instanceof GatewayError && error.message.includes("InvalidInstanceID.NotFound");
    if (isUnknown) return false;
    throw error;
  }
}
