import { CODE_KINDS } from "#model/code-kinds.ts";
import { CODES, type Code } from "#model/codes.ts";
import { EXPLANATIONS } from "#model/explanations/explanations.ts";
import { type Line, plain, span } from "#render/palette.ts";
import { nearestWord } from "#schema/nearest-word.ts";
import { failUsage } from "./failure.ts";

const FEW = 8;

/** A code in full. Upper or lower case does. @throws CommandFailure 64 for an unknown one, with what was meant */
export function explainCode(word: string): readonly Line[] {
  const code = word.toUpperCase();
  if (!isCode(code)) failUsage(`there is no code ${word}`, suggest(code));
  const { about, todo } = EXPLANATIONS[code];
  return [
    [span(code, "bold"), span(`  ${CODE_KINDS[code.slice(0, 1)] ?? ""}`, "dim")],
    [],
    [span(CODES[code], "bold")],
    [],
    plain(about),
    [],
    [span("What to do  ", "dim"), span(todo)],
  ];
}

/** Every code with its one line. */
export function listCodes(): readonly Line[] {
  const width = Math.max(...ALL.map((code) => code.length)) + 2;
  return ALL.map((code) => [span(code.padEnd(width), "bold"), span(CODES[code])]);
}

const isCode = (word: string): word is Code => Object.hasOwn(CODES, word);
const ALL = Object.keys(CODES).filter(isCode);

function suggest(word: string): string {
  const near = nearestWord(word, ALL);
  if (near !== undefined) return `did you mean ${near}?`;
  const part = word.replace(/^[A-Z]-/, "");
  const alike = part.length < 3 ? [] : ALL.filter((code) => code.includes(part));
  if (alike.length > 0) return `codes with it: ${alike.slice(0, FEW).join(", ")}`;
  return "all codes: dextre explain";
}
