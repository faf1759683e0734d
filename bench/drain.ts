import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { aWorkplace, expectExit } from "#test/e2e/harness/roll.ts";
import { runProgram } from "#test/e2e/harness/run-program.ts";
import { rigPrograms } from "#test/rig/start-rig.ts";
import { drainSpec } from "./drain-spec.ts";
import { drainTable, judgeDrain, limitTable } from "./drain-table.ts";
import { layOut } from "./lay-out.ts";
import { type Drainer, measureDrain } from "./measure-drain.ts";

/** kubectl of the rig, with the same credentials and rights as dextre. */
const kubectlDrain: Drainer = {
  name: "kubectl drain",
  async drain(rig, node) {
    const { binaries } = await rigPrograms(() => undefined);
    const program = runProgram(join(binaries, "kubectl"), ["drain", node, "--ignore-daemonsets"], {
      environment: rig.environment,
    });
    expectExit(await program.ended, 0);
  },
};

const dextreDrain: Drainer = {
  name: "dextre",
  async drain(rig, node) {
    const place = aWorkplace(rig);
    try {
      const spec = join(place.folder, "drain.yaml");
      writeFileSync(spec, drainSpec(node));
      await place.plan(spec);
      expectExit(await place.dextre("apply", place.planFile).ended, 0);
    } finally {
      place.remove();
    }
  },
};

const say = (text: string): void => {
  process.stdout.write(text);
};

say("Each drain on a fresh rig of its own; this takes about two minutes.\n\n");
const kubectl = await measureDrain(kubectlDrain);
const dextre = await measureDrain(dextreDrain);
const goals = judgeDrain(dextre);
say(drainTable([kubectl, dextre]));
say("\nThe physical limit of dextre's drain, in seconds, from the independent watch:\n");
say(limitTable(dextre));
say("\n");
say(
  layOut([
    ["goal", "measured", "wanted", ""],
    ...goals.map(({ name, measured, wanted, met }) => [name, measured, wanted, met ? "met" : "NOT MET"]),
  ]),
);
process.exitCode = goals.every(({ met }) => met) ? 0 : 1;
