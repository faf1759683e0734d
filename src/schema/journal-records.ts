import type { JournalEntry } from "#model/run.ts";
import { sha256 } from "./digest.ts";
import { validateJournalLine } from "./generated/validate-journal.js";
import type { JournalLine } from "./journal-line.ts";
import { parseJson } from "./parse-json.ts";

export type JournalDecode =
  | {
      readonly kind: "ok";
      readonly entries: readonly JournalEntry[];
      /** `hash` of the last line, the plan's digest where there is none: `prev` of the next line. */
      readonly head: string;
      /** How many bytes of an unfinished last line follow the good ones; a writer cuts them off first. */
      readonly tailBytes: number;
    }
  /** `sequence`: the number that the damaged line should have. */
  | { readonly kind: "damaged"; readonly sequence: number; readonly message: string };

export interface EncodedLine {
  /** One line with its line end, in ASCII and UTF-8. */
  readonly text: string;
  /** `prev` of the next line. */
  readonly head: string;
}

const LINE_END = 0x0a;

/** One entry as a line that carries the hash of itself and, by `prev`, of all lines before. */
export function encodeJournalEntry(entry: JournalEntry, prev: string): EncodedLine {
  const { sequence, at, token, record } = entry;
  const body = JSON.stringify({ sequence, at, token, record, prev }).slice(0, -1);
  const head = sha256(body);
  return { text: `${body},"hash":"${head}"}\n`, head };
}

/**
 * Reads a journal. Only a last line without its line end is forgiven: it was never made durable, so
 * nothing was done on its strength. Anything else that is not as it was written is damage.
 */
export function decodeJournal(bytes: Uint8Array, planDigest: string): JournalDecode {
  const entries: JournalEntry[] = [];
  let head = planDigest;
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(LINE_END, start);
    if (end < 0) break;
    const sequence = entries.length + 1;
    const line = decodeLine(bytes.subarray(start, end));
    const message = typeof line === "string" ? line : findBreak(line, sequence, head);
    if (typeof line === "string" || message !== undefined) {
      return { kind: "damaged", sequence, message: message ?? "" };
    }
    entries.push({ sequence: line.sequence, at: line.at, token: line.token, record: line.record });
    head = line.hash;
    start = end + 1;
  }
  const tail = bytes.subarray(start);
  if (isWholeLine(tail)) {
    return { kind: "damaged", sequence: entries.length + 1, message: "the end of the line was changed" };
  }
  return { kind: "ok", entries, head, tailBytes: tail.length };
}

const HASH_FIELD = /^(.*),"hash":"(sha256:[0-9a-f]{64})"\}$/s;
const HASH_FIELD_LENGTH = ',"hash":"sha256:"}'.length + 64;

function decodeLine(bytes: Uint8Array): JournalLine | string {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const hash = HASH_FIELD.exec(text)?.[2];
  if (hash === undefined) return "the line does not end as a line of a journal does";
  if (sha256(bytes.subarray(0, bytes.length - HASH_FIELD_LENGTH)) !== hash) {
    return "the line was changed after it was written";
  }
  const parsed = parseJson(text);
  if (parsed.kind === "faulty") return "the line is not JSON";
  if (!validateJournalLine(parsed.value)) return "the line holds no record that this dextre knows";
  return parsed.value;
}

function findBreak(line: JournalLine, sequence: number, head: string): string | undefined {
  if (line.prev !== head) {
    return sequence === 1
      ? "the journal belongs to another plan"
      : "a line before it is missing, added or changed";
  }
  return line.sequence === sequence ? undefined : `the line has number ${line.sequence}`;
}

/** A whole line whose line end was overwritten was durable once: it must not be cut off. */
function isWholeLine(tail: Uint8Array): boolean {
  if (tail.length <= HASH_FIELD_LENGTH) return false;
  return typeof decodeLine(tail.subarray(0, tail.length - 1)) !== "string";
}
