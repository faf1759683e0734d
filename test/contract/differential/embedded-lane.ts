import { driverOf, startTime } from "#test/world/support.ts";
import { buildWorld } from "#world/build-world.ts";
import { subjectOn } from "../embedded-subject.ts";
import { openLane } from "./lane.ts";
import type { Sequence } from "./operation.ts";
import { runSequence, type Step } from "./run-sequence.ts";
import { lanesScenario } from "./scenario.ts";

/** What becomes of a sequence on an embedded cluster of its own, in virtual time. */
export async function runEmbedded(sequence: Sequence, chance = sequence.seed): Promise<readonly Step[]> {
  const world = buildWorld(lanesScenario(1), { seed: chance, now: startTime });
  const driver = driverOf(world, { seed: chance });
  return driver.run(async () =>
    runSequence(
      await openLane(subjectOn(world, driver, "lane"), "lane-0", "embedded-namespace", sequence),
      sequence,
    ),
  );
}
