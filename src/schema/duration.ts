export type DurationParse =
  | { readonly kind: "ok"; readonly seconds: number }
  | { readonly kind: "faulty"; readonly message: string; readonly help: string };

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const EXAMPLES = "as in 90s, 10m or 1h30m";

/**
 * Reads a duration as Go writes it ("1h30m", "90s", "1.5h") into whole seconds. A number without a
 * unit, a negative one and a fraction of a second are faults. Source: Go time.ParseDuration.
 */
export function parseDuration(text: string): DurationParse {
  if (/^\d+$/.test(text) && text !== "0") {
    return { kind: "faulty", message: `"${text}" has no unit`, help: `write ${text}s` };
  }
  if (text === "0") return { kind: "ok", seconds: 0 };
  if (text.startsWith("-")) {
    return { kind: "faulty", message: `"${text}" is negative`, help: `write a duration ${EXAMPLES}` };
  }
  if (!/^\+?(\d{1,12}(\.\d{1,9})?(ns|us|µs|μs|ms|s|m|h))+$/.test(text)) {
    return { kind: "faulty", message: `"${text}" is not a duration`, help: `write a duration ${EXAMPLES}` };
  }
  let nanoseconds = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of text.matchAll(/(\d+)(?:\.(\d+))?([a-zµμ]+)/g)) {
    const size = UNITS[unit] ?? 0n;
    nanoseconds += BigInt(whole) * size;
    if (fraction !== "") nanoseconds += (BigInt(fraction) * size) / 10n ** BigInt(fraction.length);
  }
  if (nanoseconds % 1_000_000_000n !== 0n) {
    return {
      kind: "faulty",
      message: `"${text}" is not a whole number of seconds`,
      help: "write whole seconds",
    };
  }
  return { kind: "ok", seconds: Number(nanoseconds / 1_000_000_000n) };
}

/** The shortest Go-style text of whole seconds: 5400 → "1h30m", 0 → "0s". */
export function formatDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  const parts = [hours > 0 ? `${hours}h` : "", minutes > 0 ? `${minutes}m` : "", rest > 0 ? `${rest}s` : ""];
  return parts.join("") || "0s";
}
