import type { Subject } from "../subject.ts";
import { compareSteps, type Difference } from "./compare.ts";
import { runEmbedded } from "./embedded-lane.ts";
import { closeLane, openLane } from "./lane.ts";
import type { Operation, Sequence } from "./operation.ts";
import { runSequence, type Step } from "./run-sequence.ts";

/** What a sequence did on both worlds. */
export interface Trial {
  readonly sequence: Sequence;
  readonly real: readonly Step[];
  readonly embedded: readonly Step[];
  readonly differences: readonly Difference[];
}

let namespaces = 0;

/** Runs a sequence on a lane of the real control plane and on an embedded cluster of its own. */
export async function trySequence(subject: Subject, group: string, sequence: Sequence): Promise<Trial> {
  namespaces += 1;
  const lane = await openLane(subject, group, `${subject.prefix}-${sequence.seed}-${namespaces}`, sequence);
  let real: readonly Step[];
  try {
    real = await runSequence(lane, sequence);
  } finally {
    await closeLane(lane);
  }
  const embedded = await runEmbedded(inGroup(sequence, "lane-0"));
  return { sequence, real, embedded, differences: compareSteps(real, embedded) };
}

/** The same sequence on another lane's nodes. */
export function inGroup(sequence: Sequence, group: string): Sequence {
  return JSON.parse(JSON.stringify(sequence).replace(/"lane-\d+"/g, JSON.stringify(group))) as Sequence;
}

/**
 * The shortest sequence found that still differs at the same place: operations are left out one after
 * the other, the later ones first, as long as time allows.
 */
export async function minimise(
  trial: Trial,
  again: (sequence: Sequence) => Promise<Trial>,
  mayGoOn: () => boolean,
): Promise<Trial> {
  const place = trial.differences[0]?.path;
  let best = trial;
  for (let at = trial.sequence.operations.length - 1; at >= 0 && mayGoOn(); at--) {
    const operation = best.sequence.operations[at];
    // without the wait before it an operation would race
    if (operation === undefined || operation.kind === "settle") continue;
    const operations = best.sequence.operations.filter((_, index) => index !== at);
    const next = await again({ ...best.sequence, operations: operations.filter(isNoSecondSettle) });
    if (next.differences.some(({ path }) => path === place)) best = next;
  }
  return best;
}

function isNoSecondSettle({ kind }: Operation, index: number, all: readonly Operation[]): boolean {
  return kind !== "settle" || all[index - 1]?.kind !== "settle";
}

/** For people: what was done, and the first places that differ. */
export function tell({ sequence, differences }: Trial): string {
  const operations = sequence.operations.map(
    (operation, index) => `  ${index}: ${JSON.stringify(operation)}`,
  );
  const places = differences
    .slice(0, 30)
    .map(
      ({ step, path, left, right }) =>
        `  after ${step}, ${path}:\n    real:     ${JSON.stringify(left)}\n    embedded: ${JSON.stringify(right)}`,
    );
  return [`seed ${sequence.seed}`, ...operations, `${differences.length} differences`, ...places].join("\n");
}
