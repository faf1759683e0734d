import { type Document, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Diagnostic, SourcePlace } from "#model/diagnostic.ts";
import type { SpecFault, SpecPath } from "./spec-fault.ts";
import { findYamlFaults } from "./yaml-faults.ts";
import type { YamlFault } from "./yaml-syntax.ts";

export const MAX_SPEC_BYTES = 1024 * 1024;

export type SpecRead =
  | { readonly kind: "ok"; readonly source: SpecSource; readonly faults: readonly Diagnostic[] }
  | { readonly kind: "faulty"; readonly diagnostics: readonly Diagnostic[] };

/** A spec file that is sound YAML: its data, and where in the text each value stands. */
export class SpecSource {
  readonly value: unknown;
  readonly #text: string;
  readonly #fileName: string;
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(text: string, fileName: string, document: Document, lines: LineCounter) {
    this.#text = text;
    this.#fileName = fileName;
    this.#document = document;
    this.#lines = lines;
    this.value = document.toJS({ maxAliasCount: 0 });
  }

  /** The value as it is written in the file, quotes and all; "" where there is none. */
  textAt(path: SpecPath): string {
    const range = this.#find(path)?.value?.range;
    return range ? this.#text.slice(range[0], range[1]) : "";
  }

  diagnose(fault: SpecFault): Diagnostic {
    const [start, end] = this.#rangeOf(fault);
    return {
      code: fault.code,
      message: fault.message,
      help: fault.help,
      place: placeOf(this.#text, this.#fileName, this.#lines, start, end),
    };
  }

  #rangeOf(fault: SpecFault): readonly [number, number] {
    if (fault.at === "parent") return this.#rangeOfParent(fault.path.slice(0, -1));
    const found = this.#find(fault.path);
    const range = (fault.at === "key" ? found?.key : found?.value)?.range ?? found?.key?.range;
    if (!range) return this.#rangeOfParent(fault.path.slice(0, -1));
    if (fault.part === undefined || !isScalar(found?.value)) return [range[0], range[1]];
    return partRange(this.#text, range[0], range[1], String(found.value.value), fault.part);
  }

  /** The name of the field that holds a block, or the first name in the block. */
  #rangeOfParent(path: SpecPath): readonly [number, number] {
    const found = this.#find(path);
    if (found?.key?.range) return [found.key.range[0], found.key.range[1]];
    const first = isMap(found?.value) ? found.value.items[0]?.key : undefined;
    const range = (isScalar(first) ? first.range : undefined) ?? found?.value?.range;
    return range ? [range[0], range[1]] : [0, 0];
  }

  #find(path: SpecPath): { readonly key: Node | null; readonly value: Node | null } | undefined {
    let key: Node | null = null;
    let value: Node | null = this.#document.contents;
    for (const segment of path) {
      if (isMap(value)) {
        const pair: unknown = value.items.findLast(
          (item) => isScalar(item.key) && String(item.key.value) === segment,
        );
        if (!isPair<Node, Node | null>(pair)) return undefined;
        key = pair.key;
        value = pair.value;
      } else if (isSeq<Node>(value)) {
        key = null;
        value = value.items[Number(segment)] ?? null;
        if (value === null) return undefined;
      } else return undefined;
    }
    return { key, value };
  }
}

/** Reads YAML strictly: one document, unique keys, no aliases, no tags, not too large, not too deep. */
export function readSpecSource(text: string, fileName: string): SpecRead {
  const clean = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const lines = new LineCounter();
  const toDiagnostic = (fault: YamlFault): Diagnostic => ({
    code: fault.code,
    message: fault.message,
    help: fault.help,
    place: placeOf(clean, fileName, lines, fault.start, fault.end),
  });
  if (Buffer.byteLength(clean) > MAX_SPEC_BYTES) {
    return {
      kind: "faulty",
      diagnostics: [tooLarge("the file is larger than 1 MiB", "a spec is a few lines long")],
    };
  }
  if (nestsHopelessly(clean)) return { kind: "faulty", diagnostics: [TOO_DEEP] };
  try {
    const document = parseDocument(clean, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
    const found = findYamlFaults(document, clean);
    const diagnostics = found.faults.map(toDiagnostic);
    if (found.isReadable) {
      return { kind: "ok", source: new SpecSource(clean, fileName, document, lines), faults: diagnostics };
    }
    return { kind: "faulty", diagnostics };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { kind: "faulty", diagnostics: [TOO_DEEP] };
  }
}

function tooLarge(what: string, help: string): Diagnostic {
  return { code: "E-SPEC-TOO-LARGE", message: `the spec is not read: ${what}`, help };
}

const TOO_DEEP = tooLarge("it is nested too deep", "a spec nests a few levels");

/** Before the parser sees it: it takes seconds over a megabyte of brackets. */
function nestsHopelessly(text: string): boolean {
  if (/(?:[-?:][ \t]+){200}/.test(text)) return true;
  let depth = 0;
  for (const sign of text.match(/[[\]{}]/g) ?? []) {
    depth += sign === "[" || sign === "{" ? 1 : -1;
    if (depth > 1000) return true;
  }
  return false;
}

function placeOf(text: string, file: string, lines: LineCounter, start: number, end: number): SourcePlace {
  const { line, col } = lines.linePos(Math.min(start, text.length));
  const lineStart = lines.lineStarts[line - 1] ?? 0;
  const lineText = (text.slice(lineStart).split("\n", 1)[0] ?? "").replace(/\r$/, "");
  const column = Math.max(1, col);
  const room = Math.max(1, lineText.length - (column - 1));
  return {
    file,
    line: Math.max(1, line),
    column,
    length: Math.max(1, Math.min(end - start, room)),
    lineText,
  };
}

/** A part of a text as it stands in the file, where the file writes it without escapes or folds. */
function partRange(
  text: string,
  start: number,
  end: number,
  value: string,
  part: { readonly offset: number; readonly length: number },
): readonly [number, number] {
  const offset = text.slice(start, end).indexOf(value);
  if (offset < 0) return [start, end];
  const from = start + offset + part.offset;
  return [from, from + part.length];
}
