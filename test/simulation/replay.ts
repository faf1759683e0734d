import { type Draw, draw } from "./draw.ts";
import { minimise } from "./minimise.ts";
import { runDraw } from "./run-seed.ts";

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
  const invariant = first.split(" ")[0] ?? "";
  const { drawn, tried } = await minimise(draw(seed), invariant);
  const small = await runDraw(drawn);
  say([...small.story, "", describe(drawn), `after ${tried} smaller ones were tried`, ""].join("\n"));
  say(`seed ${seed} breaks:\n  ${run.violations.join("\n  ")}`);
  say(`and so does the smallest:\n  ${small.violations.join("\n  ")}`);
  return 1;
}

function describe({ scenario, rates, incidents, spec }: Draw): string {
  const groups = scenario.groups.map((group) => `${group.name} of ${group.size}`).join(", ");
  const workloads = scenario.workloads
    .map((one) => `${one.kind} ${one.name} × ${one.replicas ?? 1}`)
    .join(", ");
  const timed = incidents.map((one) => `${one.kind} after ${one.at} ms`).join(", ");
  return [
    `groups: ${groups}`,
    `workloads: ${workloads}`,
    `targets: ${spec.targets.join(", ")}`,
    `rates: ${JSON.stringify(rates)}`,
    `incidents: ${timed || "none"}`,
  ].join("\n");
}
