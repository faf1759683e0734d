/** Kubernetes' alphabet of generated names: no vowels, no look-alikes. */
const nameAlphabet = "bcdfghjklmnpqrstvwxz2456789";
const hex = "0123456789abcdef";

/** A UUID of version 4, as the codes of its characters, and the places of the digits that are drawn. */
const uidPattern = "........-....-4...-a...-............";
const uidCodes = Array.from(uidPattern, (character) => character.charCodeAt(0));
const uidDigits = [...uidCodes.keys()].filter((index) => uidPattern[index] === ".");

/** Seeded pseudo-random numbers (mulberry32): the only source of chance in the world. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** In [0, 1). */
  fraction(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number in [low, high], both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** The random tail of a generated name. */
  suffix(length: number): string {
    return this.letters(nameAlphabet, length);
  }

  hexadecimal(length: number): string {
    return this.letters(hex, length);
  }

  uid(): string {
    const codes = [...uidCodes];
    for (const index of uidDigits) codes[index] = hex.charCodeAt(Math.floor(this.fraction() * hex.length));
    // one more digit is drawn than used: what every seed has meant so far stays
    this.fraction();
    return String.fromCharCode(...codes);
  }

  private letters(alphabet: string, length: number): string {
    let text = "";
    for (let index = 0; index < length; index++) {
      text += alphabet.charAt(Math.floor(this.fraction() * alphabet.length));
    }
    return text;
  }
}
