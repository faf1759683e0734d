const pattern = /^([+-]?)(\d+\.?\d*|\.\d+)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$/;

const decimalPowers: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** The number that a quantity means ("250m" → 0.25, "1Gi", "2e9"); NaN where the text is none. */
export function parseQuantity(text: string): number {
  const match = pattern.exec(text);
  if (match === null) return Number.NaN;
  const [, sign = "", digits = "", suffix = ""] = match;
  return Number(`${sign}${digits}`) * factorOf(suffix);
}

function factorOf(suffix: string): number {
  const binary = binarySuffixes.indexOf(suffix);
  return binary > 0 ? 1024 ** binary : Number(`1e${exponentOf(suffix)}`);
}

function exponentOf(suffix: string): number {
  return /^[eE]./.test(suffix) ? Number(suffix.slice(1)) : (decimalPowers[suffix] ?? 0);
}

/**
 * "1000m" → "1", "0.5" → "500m", "1024Mi" → "1Gi"; undefined where the text is no quantity.
 * Source: resource.Quantity, whose canonical form has no fraction and the largest suffix.
 */
export function canonicalQuantity(text: string): string | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, sign = "", digits = "", suffix = ""] = match;
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return signed(sign, canonicalBinary(digits, binary));
  return signed(sign, canonicalDecimal(digits, exponentOf(suffix), /^[eE]./.test(suffix)));
}

function signed(sign: string, text: string): string {
  return sign === "-" && text !== "0" ? `-${text}` : text;
}

/** The number in units of 1e-9, rounded up as the server does. */
function nanos(digits: string, exponent: number): bigint {
  const [whole = "", fraction = ""] = digits.split(".");
  const power = exponent + 9 - fraction.length;
  const units = BigInt(`0${whole}${fraction}`);
  if (power >= 0) return units * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return (units + divisor - 1n) / divisor;
}

function canonicalDecimal(digits: string, exponent: number, isExponent: boolean): string {
  let value = nanos(digits, exponent);
  if (value === 0n) return "0";
  let index = 0;
  while (index < decimalSuffixes.length - 1 && value % 1000n === 0n) {
    value /= 1000n;
    index += 1;
  }
  const power = (index - 3) * 3;
  if (isExponent) return power === 0 ? String(value) : `${value}e${power}`;
  return `${value}${decimalSuffixes[index] ?? ""}`;
}

function canonicalBinary(digits: string, power: number): string {
  const billion = 1_000_000_000n;
  const scaled = nanos(digits, 0) * 1024n ** BigInt(power);
  if (scaled % billion !== 0n) return canonicalDecimal(String(scaled), -9, false);
  let value = scaled / billion;
  if (value === 0n) return "0";
  let index = 0;
  while (index < binarySuffixes.length - 1 && value % 1024n === 0n) {
    value /= 1024n;
    index += 1;
  }
  return `${value}${binarySuffixes[index] ?? ""}`;
}
