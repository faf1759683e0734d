/*
 * Names, labels and messages come from a cluster that anybody may write to. What cannot be seen, or
 * would steer a terminal or turn text around, is made visible as U+FFFD.
 * Source: Unicode general categories Cc, Cf, Cs, Zl, Zp, and the property Default_Ignorable_Code_Point,
 * which has letters without ink and places that are not assigned yet.
 */
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;
/** What most texts are: the classes above take a millisecond to be made ready, and `--help` has none of it. */
const PRINTABLE_ASCII = /^[ -~]*$/;
const LONGEST = 1000;

/** A foreign text as one line of at most 1000 characters that does nothing but be read. */
export function sanitise(text: string): string {
  if (text.length <= LONGEST && PRINTABLE_ASCII.test(text)) return text;
  const line = text
    .slice(0, 4 * LONGEST)
    .replace(BREAKS, " ")
    .replace(UNSEEN, "\ufffd");
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1).trimEnd()}…` : line;
}
