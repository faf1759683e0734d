let lastSecond = Number.NaN;
let lastText = "";

/** Kubernetes' metav1.Time: whole seconds, rounded down, UTC. */
export function timestamp(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
  }
  return lastText;
}

/** Kubernetes' metav1.MicroTime, UTC. */
export function microTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

/** Of a timestamp text: ms since epoch; NaN where it is none. */
export function parseTimestamp(text: string): number {
  return Date.parse(text);
}

/** "500ms", "3s", "2m", "1h" or a bare number of seconds → ms; undefined where it is none of these. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  if (match === null) return undefined;
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  return Number(match[1]) * (units[match[2] ?? "s"] ?? 1000);
}
