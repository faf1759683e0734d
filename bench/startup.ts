import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { serveCluster } from "#test/cli/served-cluster.ts";
import { workTree } from "#test/rig/paths.ts";
import { drainSpec } from "./drain-spec.ts";
import { layOut } from "./lay-out.ts";
import { measureStarts, medianOf, type Start, type StartMeasurement } from "./measure-starts.ts";
import { referenceKubectl } from "./reference-kubectl.ts";

const ROUNDS = 31;
/** Multiples of what `kubectl version --client` takes. */
const GOALS: Readonly<Record<string, number>> = { "--help": 0.8, validate: 1.3, plan: 2.5 };

const say = (text: string): void => {
  process.stdout.write(text);
};

const kubectl = await referenceKubectl();
const program = join(workTree(), "dist", "dextre.js");
const cluster = await serveCluster({ program, speed: 1 });
const worker = cluster.world
  .list("nodes")
  .find(({ metadata }) => "node-role.kubernetes.io/node" in (metadata.labels ?? {}));
if (worker === undefined) throw new Error("the scenario small has no worker");
const spec = join(cluster.folder, "drain.yaml");
writeFileSync(spec, drainSpec(worker.metadata.name));

const dextre = (name: string, args: readonly string[]): Start => ({
  name,
  file: process.execPath,
  args: [program, ...args],
  environment: cluster.environment,
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
await cluster.close();

const elapsedOf = ({ times }: StartMeasurement): readonly number[] => times.map(({ elapsed }) => elapsed);
const processorOf = ({ times }: StartMeasurement): readonly number[] =>
  times.map(({ processor }) => processor);

/** The median over the rounds: what else the machine did in a round met both. */
const ratioOf = (values: readonly number[], bases: readonly number[]): number =>
  medianOf(values.map((value, round) => value / (bases[round] ?? value)));

const rows = measured.map((one) => {
  const [elapsed, processor] = [elapsedOf(one), processorOf(one)];
  const [base = one] = measured;
  const ratio = ratioOf(elapsed, elapsedOf(base));
  const goal = GOALS[one.name];
  const met = goal === undefined || ratio <= goal;
  return {
    met,
    cells: [
      one.name,
      medianOf(elapsed).toFixed(1),
      Math.min(...elapsed).toFixed(1),
      ratio.toFixed(2),
      medianOf(processor).toFixed(1),
      ratioOf(processor, processorOf(base)).toFixed(2),
      goal?.toFixed(1) ?? "",
      goal === undefined ? "" : met ? "met" : "NOT MET",
    ],
  };
});
say(`${ROUNDS} starts of each, in turn. Ratios to ${reference.name} of the same round, their median.\n\n`);
const head = ["", "median ms", "fastest ms", "ratio", "processor ms", "ratio", "goal", ""];
say(layOut([head, ...rows.map(({ cells }) => cells)]));
const [first] = measured;
if (first && medianOf(elapsedOf(first)) > 1.5 * Math.min(...elapsedOf(first))) {
  say(
    "\nThe machine was busy: the medians are far above the fastest starts. Go by the processor's time, which is what a quiet one would show.\n",
  );
}
process.exitCode = rows.every(({ met }) => met) ? 0 : 1;
