import type { SelectorRequirement } from "#model/selector.ts";

/** Where and why a selector cannot be read. offset and length in UTF-16 units of the text. */
export interface SelectorFault {
  readonly kind: "faulty";
  readonly message: string;
  readonly offset: number;
  readonly length: number;
  readonly help: string;
}

export type Requirements = {
  readonly kind: "ok";
  readonly requirements: readonly SelectorRequirement[];
};

const HELP = "kubectl's syntax: key=value, key!=value, key in (a,b), key notin (a,b), key, !key";

/** Reads the requirements of a selector in kubectl's syntax, in the order written. */
export function parseRequirements(text: string): Requirements | SelectorFault {
  const reader = new SelectorReader(text);
  const requirements: SelectorRequirement[] = [];
  reader.skipSpace();
  if (reader.isAtEnd()) return { kind: "ok", requirements };
  for (;;) {
    const requirement = readRequirement(reader);
    if ("kind" in requirement) return requirement;
    requirements.push(requirement);
    reader.skipSpace();
    if (reader.isAtEnd()) return { kind: "ok", requirements };
    if (!reader.take(",")) return reader.fault("a comma is needed between requirements");
  }
}

/** A label key: an optional DNS prefix and a name of at most 63 characters. */
export function isLabelKey(key: string): boolean {
  const slash = key.indexOf("/");
  const name = key.slice(slash + 1);
  const prefix = slash < 0 ? null : key.slice(0, slash);
  return isLabelWord(name) && (prefix === null || isDnsSubdomain(prefix));
}

/** A label value: empty, or at most 63 characters that begin and end with a letter or digit. */
export function isLabelValue(value: string): boolean {
  return value === "" || isLabelWord(value);
}

const isLabelWord = (text: string): boolean => /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(text);

const isDnsSubdomain = (text: string): boolean =>
  text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text);

function readRequirement(reader: SelectorReader): SelectorRequirement | SelectorFault {
  reader.skipSpace();
  const negated = reader.take("!");
  const key = reader.readWord();
  if (!isLabelKey(key)) {
    return reader.faultAt(key, key === "" ? "a label key is missing" : `"${key}" is not a label key`);
  }
  if (negated) return { key, operator: "DoesNotExist" };
  reader.skipSpace();
  if (reader.isAtEnd() || reader.isAt(",")) return { key, operator: "Exists" };
  if (reader.take("!=")) return readEquality(reader, key, "NotIn");
  if (reader.take("==") || reader.take("=")) return readEquality(reader, key, "In");
  if (reader.take(">")) return readComparison(reader, key, "Gt");
  if (reader.take("<")) return readComparison(reader, key, "Lt");
  const operator = reader.readWord();
  if (operator === "in") return readSet(reader, key, "In");
  if (operator === "notin") return readSet(reader, key, "NotIn");
  return reader.faultAt(operator, `"${operator}" is not an operator`);
}

function readEquality(
  reader: SelectorReader,
  key: string,
  operator: "In" | "NotIn",
): SelectorRequirement | SelectorFault {
  reader.skipSpace();
  const value = reader.readWord();
  if (!isLabelValue(value)) return reader.faultAt(value, `"${value}" is not a label value`);
  return { key, operator, values: [value] };
}

function readComparison(
  reader: SelectorReader,
  key: string,
  operator: "Gt" | "Lt",
): SelectorRequirement | SelectorFault {
  reader.skipSpace();
  const value = reader.readWord();
  if (!/^-?\d{1,15}$/.test(value)) return reader.faultAt(value, `"${value}" is not a whole number`);
  return { key, operator, value: Number(value) };
}

function readSet(
  reader: SelectorReader,
  key: string,
  operator: "In" | "NotIn",
): SelectorRequirement | SelectorFault {
  reader.skipSpace();
  if (!reader.take("(")) return reader.fault("a list in parentheses is needed here");
  const values: string[] = [];
  for (;;) {
    reader.skipSpace();
    const value = reader.readWord();
    if (!isLabelValue(value)) return reader.faultAt(value, `"${value}" is not a label value`);
    values.push(value);
    reader.skipSpace();
    if (reader.take(")")) break;
    if (!reader.take(",")) return reader.fault("a comma or a closing parenthesis is needed here");
  }
  if (values.every((value) => value === "")) return reader.fault("the list is empty");
  return { key, operator, values };
}

/** A cursor over the text of a selector. */
class SelectorReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  isAt(token: string): boolean {
    return this.#text.startsWith(token, this.#at);
  }

  take(token: string): boolean {
    if (!this.isAt(token)) return false;
    this.#at += token.length;
    return true;
  }

  skipSpace(): void {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at++;
  }

  /** Everything up to the next space or sign of the syntax; may be "". */
  readWord(): string {
    const start = this.#at;
    while (!this.isAtEnd() && !/[\s,()=!<>]/.test(this.#text.charAt(this.#at))) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  /** A fault at the word that was just read. */
  faultAt(word: string, message: string): SelectorFault {
    const offset =
      word === "" ? Math.min(this.#at, Math.max(0, this.#text.length - 1)) : this.#at - word.length;
    return { kind: "faulty", message, offset, length: Math.max(1, word.length), help: HELP };
  }

  fault(message: string): SelectorFault {
    return this.faultAt("", message);
  }
}
