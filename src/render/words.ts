/** "1 pod", "2 pods". */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

const UNITS = [
  { letter: "d", seconds: 86_400 },
  { letter: "h", seconds: 3_600 },
  { letter: "m", seconds: 60 },
] as const;

/** A span of time for people: "0.4 s", "7.9 s", "48 s", "6 m 40 s", "2 h 5 m", "41 d". */
export function duration(milliseconds: number): string {
  const seconds = Math.max(milliseconds, 0) / 1000;
  if (seconds < 9.95) return `${(Math.round(seconds * 10) / 10).toString()} s`;
  const whole = Math.round(seconds);
  for (const [index, unit] of UNITS.entries()) {
    if (whole < unit.seconds) continue;
    const head = `${Math.floor(whole / unit.seconds)} ${unit.letter}`;
    if (unit.letter === "d") return head;
    const below = UNITS[index + 1] ?? { letter: "s", seconds: 1 };
    const rest = Math.floor((whole % unit.seconds) / below.seconds);
    return rest === 0 ? head : `${head} ${rest} ${below.letter}`;
  }
  return `${whole} s`;
}

/** How old something is, in one unit: "48 s", "57 m", "5 h", "41 d". */
export function age(milliseconds: number): string {
  const seconds = Math.floor(Math.max(milliseconds, 0) / 1000);
  const unit = UNITS.find((one) => seconds >= one.seconds) ?? { letter: "s", seconds: 1 };
  return `${Math.floor(seconds / unit.seconds)} ${unit.letter}`;
}

/** A forecast, no finer than it can be: "a few seconds", "about 50 s", "about 6 m", "about 2 h 5 m". */
export function roughly(milliseconds: number): string {
  const seconds = Math.max(milliseconds, 0) / 1000;
  if (seconds < 10) return "a few seconds";
  if (seconds < 50) return `about ${Math.ceil(seconds / 10) * 10} s`;
  return `about ${duration(Math.max(Math.round(seconds / 60), 1) * 60_000)}`;
}

/** "00:00:31" */
export function stopwatch(milliseconds: number): string {
  const seconds = Math.floor(Math.max(milliseconds, 0) / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** "sha256:1f0c…9a" */
export function shortDigest(digest: string): string {
  return digest.length > 16 ? `${digest.slice(0, 11)}…${digest.slice(-2)}` : digest;
}

/** "NAMESPACE/NAME", or the name alone. */
export function pathOf(object: { readonly namespace?: string; readonly name: string }): string {
  return object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`;
}

/** "a, b and c" */
export function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? "";
  return items.length < 2 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}
