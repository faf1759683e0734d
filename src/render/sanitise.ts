/*
 * Names, labels and messages come from a cluster that anybody may write to. What cannot be seen, or
 * would steer a terminal or turn text around, is made visible as U+FFFD.
 * Source: Unicode general categories Cc, Cf, Cs, Zl, Zp; the Hangul fillers are letters without ink.
 */
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u115f\u1160\u3164\uffa0]/gu;
const LONGEST = 1000;

/** A foreign text as one line of at most 1000 characters that does nothing but be read. */
export function sanitise(text: string): string {
  const line = text
    .slice(0, 4 * LONGEST)
    .replace(BREAKS, " ")
    .replace(UNSEEN, "\ufffd");
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1).trimEnd()}…` : line;
}
