/** The builders' one instant. Everything that has a time has this one unless a test says otherwise. */
export const FIXED_TIME = "2026-03-01T12:00:00Z";
export const FIXED_MILLISECONDS = Date.parse(FIXED_TIME);

/** FIXED_TIME plus or minus seconds, as the server would write it. */
export function timeAfter(seconds: number): string {
  return new Date(FIXED_MILLISECONDS + seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** A UID that follows from a text, so that golden files need no scrubbing: uidOf("Pod default/web-1"). */
export function uidOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  const first = hash.toString(16).padStart(8, "0");
  const second = Math.imul(hash, 0x9e3779b1) >>> 0;
  return `${first}-0000-4000-8000-0000${second.toString(16).padStart(8, "0")}`;
}
