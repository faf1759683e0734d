import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { workTree } from "#test/rig/paths.ts";
import { drainSpec } from "./drain-spec.ts";
import { startEmbeddedServer } from "./embedded-server.ts";
import { layOut } from "./lay-out.ts";
import { measureStarts, medianOf, type Start } from "./measure-starts.ts";
import { referenceKubectl } from "./reference-kubectl.ts";

const ROUNDS = 21;
/** Multiples of what `kubectl version --client` takes. */
const GOALS: Readonly<Record<string, number>> = { "--help": 0.8, validate: 1.3, plan: 2.5 };

const say = (text: string): void => {
  process.stdout.write(text);
};

const kubectl = await referenceKubectl();
const server = await startEmbeddedServer();
const folder = mkdtempSync(join(tmpdir(), "dextre-bench-"));
const spec = join(folder, "drain.yaml");
writeFileSync(spec, drainSpec(server.node));

const dextre = (name: string, args: readonly string[]): Start => ({
  name,
  file: process.execPath,
  args: [join(workTree(), "dist", "dextre.js"), ...args],
  environment: { KUBECONFIG: server.kubeconfig },
});
const bareNode: Start = { name: "node -e 0", file: process.execPath, args: ["-e", "0"] };
const reference: Start =
  kubectl === undefined
    ? bareNode
    : { name: "kubectl version --client", file: kubectl, args: ["version", "--client"] };

const measured = await measureStarts(
  [
    reference,
    ...(reference === bareNode ? [] : [bareNode]),
    dextre("--help", ["--help"]),
    dextre("validate", ["validate", "-f", spec]),
    dextre("plan", ["plan", "-f", spec]),
  ],
  ROUNDS,
);
server.close();
rmSync(folder, { recursive: true });

const base = medianOf(measured[0]?.milliseconds ?? []);
const rows = measured.map(({ name, milliseconds }) => {
  const median = medianOf(milliseconds);
  const ratio = median / base;
  const goal = GOALS[name];
  const met = goal === undefined || ratio <= goal;
  const times = [median, Math.min(...milliseconds)].map((time) => time.toFixed(1));
  return {
    met,
    cells: [
      name,
      ...times,
      ratio.toFixed(2),
      goal?.toFixed(1) ?? "",
      goal === undefined ? "" : met ? "met" : "NOT MET",
    ],
  };
});
say(`${ROUNDS} starts of each, one after the other. Ratios of medians to ${reference.name}.\n\n`);
say(layOut([["", "median ms", "fastest ms", "ratio", "goal", ""], ...rows.map(({ cells }) => cells)]));
if (base > 1.5 * Math.min(...(measured[0]?.milliseconds ?? []))) {
  say(
    "\nThe machine was busy: the medians are far above the fastest starts, and so these ratios say little.\n",
  );
}
process.exitCode = rows.every(({ met }) => met) ? 0 : 1;
