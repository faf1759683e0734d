const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/;

/**
 * A Kubernetes quantity ("100m", "1.5Gi", "2e3", 4) times `scale`, rounded up; 0 where it is none.
 * *Source:* k8s.io/apimachinery resource.Quantity.
 */
export function quantity(value: unknown, scale: number): number {
  if (typeof value === "number") return Number.isFinite(value) ? Math.ceil(value * scale) : 0;
  if (typeof value !== "string" || value.length > 40) return 0;
  const match = QUANTITY.exec(value);
  if (!match) return 0;
  const exponent = match[2] === undefined ? 1 : 10 ** Number(match[2]);
  const result = Number(match[1]) * exponent * (SUFFIXES[match[3] ?? ""] ?? 1) * scale;
  // 0.1 + 0.2 and its like: a millionth above a whole number is that number.
  return Number.isFinite(result) ? Math.ceil(result - 1e-6) : 0;
}
