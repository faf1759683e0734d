import { rigPrograms } from "#test/rig/start-rig.ts";
import { stopAbandonedRigs } from "#test/rig/stop-rig.ts";

/**
 * Runs once before all e2e tests: builds what the rig needs, or fails the run with a sentence that
 * says what to install. The tests are never skipped for want of it.
 */
export async function setup(): Promise<void> {
  await stopAbandonedRigs();
  await rigPrograms((line) => process.stderr.write(`rig: ${line}\n`));
}
