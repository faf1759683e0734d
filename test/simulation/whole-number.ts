/**
 * A count that somebody gave on a command line, at least 1.
 * @throws Error where it is none: a storm of nothing would be green
 */
export function wholeNumber(option: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`--${option} ${text}: write a whole number, at least 1`);
}
