import { type Draw, draw } from "./draw.ts";
import { minimise, shapeOf } from "./minimise.ts";
import { runDraw } from "./run-seed.ts";

/** Who waits longer reads the whole story instead. */
const LONGEST_MILLISECONDS = 100_000;
const MOST_UNIVERSES = 400;
/** "… PUT …/leases/dextre: 200": every fifteen seconds, and nobody learns anything by it. */
const RENEWAL = /PUT \/apis\/coordination\.k8s\.io\/\S+\/leases\/dextre: 200$/;

const DOMAIN = ".eu-west-1.compute.internal";

/** The story of one seed; where it fails, of the smallest universe that fails in the same way. Exit code. */
export async function replay(seed: number, isWhole: boolean, say: (text: string) => void): Promise<number> {
  const run = await runDraw(draw(seed));
  const first = run.violations[0];
  if (first === undefined) {
    say([...run.story, `seed ${seed}: ${run.end.code} ${run.end.message}`, `trace ${run.hash}`].join("\n"));
    return 0;
  }
  if (isWhole) {
    say([...run.story, `seed ${seed} breaks:`, ...run.violations].join("\n"));
    return 1;
  }
  say(`seed ${seed} breaks:\n  ${run.violations.join("\n  ")}`);
  say(`looking for the smallest universe that does, for ${LONGEST_MILLISECONDS / 1000} s at most`);
  const end = Date.now() + LONGEST_MILLISECONDS;
  const shape = shapeOf(first);
  const { drawn, tried, isSmallest } = await minimise(draw(seed), {
    run: async (candidate) => (await runDraw(candidate, (one) => shapeOf(one) === shape)).violations,
    shape,
    most: MOST_UNIVERSES,
    isOver: () => Date.now() >= end,
  });
  const small = await runDraw(drawn);
  const found = isSmallest ? "the smallest" : "the smallest so far, not everything was tried";
  const story = small.story.filter((line) => !RENEWAL.test(line)).map((line) => line.replaceAll(DOMAIN, ""));
  say([...story, "", describe(drawn)].join("\n"));
  say(`${found}, after ${tried} others, breaks:\n  ${small.violations.join("\n  ")}`);
  say(`again: npm run storm -- --seed ${seed}; the whole of it: npm run storm -- --seed ${seed} --whole`);
  return 1;
}

function describe({ scenario, rates, incidents, spec }: Draw): string {
  const groups = scenario.groups.map((group) => `${group.name} of ${group.size}`).join(", ");
  const workloads = scenario.workloads
    .map((one) => `${one.kind} ${one.name} × ${one.replicas ?? 1}`)
    .join(", ");
  const timed = incidents.map((one) => `${one.kind} after ${one.at} ms for ${one.duration} ms`).join(", ");
  const often = Object.entries(rates).map(([kind, rate]) => `${kind} ${rate}`);
  return [
    `groups: ${groups}`,
    `workloads: ${workloads}`,
    `targets: ${spec.targets.join(", ")}`,
    `rates: ${often.join(", ") || "none"}`,
    `incidents: ${timed || "none"}`,
  ].join("\n");
}
