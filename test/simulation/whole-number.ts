import { UsageError } from "./usage.ts";

/**
 * A count that somebody gave on a command line, at least 1.
 * @throws UsageError where it is none: a storm of nothing would be green
 */
export function wholeNumber(option: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new UsageError(`--${option} ${text}: write a whole number, at least 1`);
}
