import type { Clock } from "../ports.ts";

/** Crockford's base 32 in lower case: no i, l, o, u. */
const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * An id that sorts by time: 10 digits of milliseconds, 16 of chance, as a ULID in lower case (it
 * also names folders and stands in annotations). `randomBytes` gives that many bytes.
 */
export function makeRunId(clock: Clock, randomBytes: (count: number) => Uint8Array): string {
  let time = "";
  let rest = clock.now();
  for (let index = 0; index < 10; index++) {
    time = DIGITS.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  const chance = Array.from(randomBytes(16), (byte) => DIGITS.charAt(byte % 32)).join("");
  return time + chance;
}

/** True for what may name a run or a cluster's folder: nothing that could leave the state folder. */
export function isFolderName(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,63}$/.test(text);
}
