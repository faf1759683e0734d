import { join } from "node:path";
import process from "node:process";
import { aWorkplace, expectExit } from "#test/e2e/harness/roll.ts";
import { runProgram } from "#test/e2e/harness/run-program.ts";
import { rigPrograms } from "#test/rig/start-rig.ts";
import { drainTable, judgeDrain, limitTable } from "./drain-table.ts";
import { grant } from "./grant.ts";
import { layOut } from "./lay-out.ts";
import { type Drainer, measureDrain } from "./measure-drain.ts";

/** kubectl of the rig, as the same user. */
const kubectlDrain: Drainer = {
  name: "kubectl drain",
  async prepare(rig) {
    // the one right that dextre does without
    await grant(rig.admin, { apiGroups: ["apps"], resources: ["daemonsets"], verbs: ["get"] });
  },
  async drain(rig, node) {
    const { binaries } = await rigPrograms(() => undefined);
    const program = runProgram(join(binaries, "kubectl"), ["drain", node, "--ignore-daemonsets"], {
      environment: rig.environment,
    });
    expectExit(await program.ended, 0);
  },
};

const dextreDrain: Drainer = {
  name: "dextre drain",
  async drain(rig, node) {
    const place = aWorkplace(rig);
    try {
      expectExit(await place.dextre("drain", "--node", node, "-y").ended, 0);
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
say(
  "\nThe limit is that of moving one pod after the other, each once the one before is replaced. kubectl evicts all at once\n",
);
say(
  "as far as budgets let it, and does not wait for replacements. How dextre's limit comes about, in seconds:\n",
);
say(limitTable(dextre));
say("\n");
say(
  layOut([
    ["goal", "measured", "wanted", ""],
    ...goals.map(({ name, measured, wanted, met }) => [name, measured, wanted, met ? "met" : "NOT MET"]),
  ]),
);
process.exitCode = goals.every(({ met }) => met) ? 0 : 1;
