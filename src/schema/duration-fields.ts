import { formatPath, type SpecPath } from "./spec-fault.ts";

/** Every field that holds a duration, with the least and the most seconds that make sense. */
export const DURATION_FIELDS: readonly {
  readonly path: SpecPath;
  readonly minSeconds: number;
  readonly maxSeconds: number;
}[] = [
  { path: ["spec", "pods", "stableFor"], minSeconds: 0, maxSeconds: 86_400 },
  // 0 would end a pod without asking its node: force, which dextre does not do.
  { path: ["spec", "pods", "gracePeriod"], minSeconds: 1, maxSeconds: 86_400 },
  { path: ["spec", "nodes", "stableFor"], minSeconds: 0, maxSeconds: 86_400 },
  { path: ["spec", "timeouts", "eviction"], minSeconds: 1, maxSeconds: 604_800 },
  { path: ["spec", "timeouts", "replacement"], minSeconds: 1, maxSeconds: 604_800 },
  { path: ["spec", "timeouts", "node"], minSeconds: 1, maxSeconds: 604_800 },
];

const FIELDS: ReadonlySet<string> = new Set(DURATION_FIELDS.map((field) => formatPath(field.path)));

export function isDurationField(path: SpecPath): boolean {
  return FIELDS.has(formatPath(path));
}
