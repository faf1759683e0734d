import { type Draw, draw } from "./draw.ts";

const DAY_MILLISECONDS = 86_400_000;

/** So many nodes and more: slow to run, and the only place where some bugs show. */
const LARGE = 14;
/** Turns between two of them. */
const LARGE_EVERY = 4;

const nodesOf = ({ scenario }: Draw): number => scenario.groups.reduce((sum, one) => sum + one.size, 0);

/** Much goes wrong on few pods: such a universe is soon over, and finds more than others. */
function promise(drawn: Draw): number {
  const { rates, incidents, scenario } = drawn;
  const pods = scenario.workloads.reduce((sum, one) => sum + (one.replicas ?? 1), 0);
  return (Object.keys(rates).length + 3 * incidents.length) / (10 + pods + 2 * nodesOf(drawn));
}

/** A run that must not begin. */
const isRefused = ({ isForbidden, isForOtherCluster, waitMs }: Draw): boolean =>
  isForbidden || isForOtherCluster || waitMs > DAY_MILLISECONDS;

/** Seeds 1 to `count` in turns: the next as they come, two of the most promising, one that must not begin, now and then a large one. */
export function promisingFirst(count: number): readonly number[] {
  const all = Array.from({ length: count }, (_, index) => index + 1);
  const draws = new Map(all.map((seed) => [seed, draw(seed)] as const));
  const refused = [...draws].filter(([, drawn]) => isRefused(drawn)).map(([seed]) => seed);
  const promising = [...draws]
    .filter(([, drawn]) => !isRefused(drawn))
    .sort(([, one], [, other]) => promise(other) - promise(one))
    .map(([seed]) => seed);
  const large = [...draws].filter(([, drawn]) => nodesOf(drawn) >= LARGE).map(([seed]) => seed);
  const turns = all.flatMap((seed, index) => [
    seed,
    ...(index % LARGE_EVERY === LARGE_EVERY - 1
      ? large.slice((index + 1) / LARGE_EVERY - 1, (index + 1) / LARGE_EVERY)
      : []),
    ...promising.slice(2 * index, 2 * index + 2),
    ...refused.slice(index, index + 1),
  ]);
  return [...new Set(turns)];
}
