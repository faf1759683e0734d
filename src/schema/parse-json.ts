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
/** A member like any other; set by assignment, "__proto__" would be none. */
const ORDINARY = { configurable: true, enumerable: true, writable: true };

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
    const members: Record<string, unknown> = {};
    this.#at++;
    if (this.#take("}")) return members;
    for (;;) {
      this.#peek();
      const offset = this.#at;
      const key = this.#readString();
      if (Object.hasOwn(members, key)) throw new JsonFault("repeated", offset, key);
      if (!this.#take(":")) throw this.#unexpected();
      const value = this.#readValue(level + 1);
      if (key === "__proto__") Object.defineProperty(members, key, { value, ...ORDINARY });
      else members[key] = value;
      if (this.#take("}")) return members;
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
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
    return this.#text.charAt(this.#at);
  }

  #take(sign: string): boolean {
    if (this.#peek() !== sign) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string {
    const start = this.#at;
    pattern.lastIndex = start;
    if (!pattern.test(this.#text)) return "";
    this.#at = pattern.lastIndex;
    return this.#text.slice(start, this.#at);
  }

  /** What stands here is the beginning of something whose rest is not there, or it is wrong. */
  #unexpected(): JsonFault {
    const rest = this.#text.slice(this.#at, this.#at + 100_000);
    const isCut = /^(?:"(?:[^"\\\r\n]|\\.)*\\?|-|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?)?$/.test(rest);
    return new JsonFault(isCut ? "cut" : "syntax", this.#at);
  }
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
