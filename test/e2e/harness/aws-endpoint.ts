import { randomBytes } from "node:crypto";
import { fleet } from "#test/rig/components.ts";
import { paceOf } from "#test/rig/pace.ts";
import { stateRoot } from "#test/rig/paths.ts";
import { claimPorts, releasePorts } from "#test/rig/ports.ts";
import { assertAllRun, startProcess, stopProcesses } from "#test/rig/processes.ts";
import { awsEnvironment, makeRigFolder, removeRigFolder } from "#test/rig/rig-state.ts";
import { seedFleet } from "#test/rig/seed-fleet.ts";
import { accepts, rigPrograms } from "#test/rig/start-rig.ts";
import { waitUntil } from "#test/rig/wait-until.ts";
import type { Scenario } from "#world/scenario.ts";

/** What POST /rig/faults takes; null ends a fault. Its meaning is in test/rig/fleet/faults.py. */
export interface FleetFaults {
  readonly pageSize?: number | null;
  readonly throttle?: Readonly<Record<string, string>> | null;
  readonly busyTerminations?: number;
  readonly failedLaunches?: Readonly<Record<string, number>> | null;
  readonly instanceRefreshes?: Readonly<Record<string, string>> | null;
}

/** Switches faults of an AWS endpoint on and off. @throws where the endpoint does not know one */
export async function setFaults(endpoint: string, faults: FleetFaults): Promise<void> {
  const answer = await fetch(`${endpoint}/rig/faults`, { method: "POST", body: JSON.stringify(faults) });
  if (answer.status !== 200) throw new Error(`faults: HTTP ${answer.status} ${await answer.text()}`);
}

/** The rig's AWS endpoint alone, with the groups of a scenario. */
export interface TestEndpoint {
  readonly environment: Readonly<Record<string, string>>;
  readonly url: string;
  stop(): Promise<void>;
}

export async function startEndpoint(scenario: Scenario): Promise<TestEndpoint> {
  const name = `endpoint-${process.pid}-${randomBytes(3).toString("hex")}`;
  const programs = await rigPrograms(() => undefined);
  const ports = await claimPorts(stateRoot(), name);
  const folder = makeRigFolder(stateRoot(), name);
  const started = [startProcess(folder, fleet({ folder, ports }, programs, paceOf(scenario)))];
  const stop = async (): Promise<void> => {
    await stopProcesses(started);
    releasePorts(stateRoot(), ports.base);
    removeRigFolder(stateRoot(), name);
  };
  try {
    await waitUntil({ what: "the AWS endpoint", timeoutSeconds: 60 }, async () => {
      assertAllRun(started);
      return (await accepts(ports.fleet)) ? true : undefined;
    });
    await seedFleet(ports.fleet, scenario);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { environment: awsEnvironment(ports.fleet), url: `http://127.0.0.1:${ports.fleet}`, stop };
}
