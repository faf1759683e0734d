export type JsonParse =
  | { readonly kind: "ok"; readonly value: unknown }
  /** cut: the text ends too early. repeated: `key` is given twice in one object. deep: too many levels. */
  | {
      readonly kind: "faulty";
      readonly fault: "cut" | "syntax" | "repeated" | "deep";
      readonly offset: number;
      readonly key: string;
    };

const MAX_LEVELS = 64;
const STRING = /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\r\n]*/y;

/** JSON.parse that refuses a key given twice, and tells a text that was cut short from one that is wrong. */
export function parseJson(text: string): JsonParse {
  try {
    return { kind: "ok", value: new JsonReader(text).read() };
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    return { kind: "faulty", fault: error.fault, offset: error.offset, key: error.key };
  }
}

class JsonFault extends Error {
  readonly fault: "cut" | "syntax" | "repeated" | "deep";
  readonly offset: number;
  readonly key: string;
  constructor(fault: JsonFault["fault"], offset: number, key = "") {
    super(fault);
    this.fault = fault;
    this.offset = offset;
    this.key = key;
  }
}

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    const value = this.#readValue(0);
    if (this.#peek() !== "") throw new JsonFault("syntax", this.#at);
    return value;
  }

  #readValue(level: number): unknown {
    const start = this.#peek();
    if (start === "{" || start === "[") {
      if (level >= MAX_LEVELS) throw new JsonFault("deep", this.#at);
      return start === "{" ? this.#readObject(level) : this.#readArray(level);
    }
    if (start === '"') return this.#readString();
    const word = this.#match(WORD);
    if (word !== "") return word === "null" ? null : word === "true";
    const number = this.#match(NUMBER);
    if (number !== "") return Number(number) || 0; // "-0" is 0, as it is in canonical JSON
    throw this.#unexpected();
  }

  #readObject(level: number): unknown {
    const members = new Map<string, unknown>();
    this.#at++;
    if (this.#take("}")) return {};
    for (;;) {
      this.#peek();
      const offset = this.#at;
      const key = this.#readString();
      if (members.has(key)) throw new JsonFault("repeated", offset, key);
      if (!this.#take(":")) throw this.#unexpected();
      members.set(key, this.#readValue(level + 1));
      if (this.#take("}")) return Object.fromEntries(members);
      if (!this.#take(",")) throw this.#unexpected();
    }
  }

  #readArray(level: number): unknown {
    const items: unknown[] = [];
    this.#at++;
    if (this.#take("]")) return items;
    for (;;) {
      items.push(this.#readValue(level + 1));
      if (this.#take("]")) return items;
      if (!this.#take(",")) throw this.#unexpected();
    }
  }

  #readString(): string {
    const text = this.#match(STRING);
    if (text === "") throw this.#unexpected();
    return text.includes("\\") ? String(JSON.parse(text)) : text.slice(1, -1);
  }

  /** The next character that is not white space; "" at the end. */
  #peek(): string {
    this.#match(SPACE);
    return this.#text.charAt(this.#at);
  }

  #take(sign: string): boolean {
    if (this.#peek() !== sign) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  /** What stands here is the beginning of something whose rest is not there, or it is wrong. */
  #unexpected(): JsonFault {
    const rest = this.#text.slice(this.#at, this.#at + 100_000);
    const isCut = /^(?:"(?:[^"\\\r\n]|\\.)*\\?|-|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?)?$/.test(rest);
    return new JsonFault(isCut ? "cut" : "syntax", this.#at);
  }
}
