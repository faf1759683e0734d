/** A part of a line, as the palette has it. */
interface Piece {
  readonly text: string;
  readonly style: string;
}

/** Below this width a column is no place to read in: the text goes on further to the left. */
const NARROWEST = 30;
const INDENT = 4;

/**
 * A line as lines of at most `columns` characters, broken at blanks and nowhere else, so that a name
 * or a digest stays whole; so does a piece of style "command", which is to be copied. What does not
 * fit goes on below the last column where that leaves room to read and for the longest word, else a
 * little to the right of the line's beginning: the last column as a whole, if that is enough.
 */
export function wrapLine<P extends Piece>(line: readonly P[], columns: number): readonly (readonly P[])[] {
  if (widthOf(line) <= columns) return [line];
  const words = line.flatMap((piece) => wordsOf(piece, columns));
  const column = widthOf(line.slice(0, -1)) + leadOf(line.at(-1)?.text ?? "");
  const needed = Math.max(NARROWEST, ...words.map(({ text }) => text.trim().length));
  if (line.length > 1 && columns - column >= needed) return breakWords(words, columns, column);
  const indent = leadOf(line.map(({ text }) => text).join("")) + INDENT;
  return breakBeforeLast(line, columns, indent) ?? breakWords(words, columns, indent);
}

/** The last column stays whole where it fits below the others. */
function breakBeforeLast<P extends Piece>(
  line: readonly P[],
  columns: number,
  indent: number,
): readonly (readonly P[])[] | null {
  const last = line.at(-1);
  const rest = line.slice(0, -1);
  if (!last || rest.every(isBlank) || widthOf(rest) > columns) return null;
  const below = { ...last, text: " ".repeat(indent) + last.text.trimStart() };
  return widthOf([below]) > columns ? null : [rest, [below]];
}

const widthOf = (line: readonly Piece[]): number => line.reduce((sum, { text }) => sum + [...text].length, 0);
const leadOf = (text: string): number => /^ */.exec(text)?.[0].length ?? 0;
const isBlank = ({ text }: Piece): boolean => text.trim() === "";

/** What a break may stand before: a word with the blanks in front of it; of facts between dots a whole fact. */
function wordsOf<P extends Piece>(piece: P, columns: number): readonly P[] {
  if (piece.style === "command") return [piece];
  const facts = piece.text.match(/ *\S(?:(?! ·).)*(?: ·)?/gu) ?? [];
  const isRun = facts.length > 1 && facts.every((fact) => [...fact].length <= columns - 2 * INDENT);
  const words = isRun ? facts : (piece.text.match(/ *[^ ]+| +$/g) ?? []);
  return words.map((text) => ({ ...piece, text }));
}

function breakWords<P extends Piece>(
  words: readonly P[],
  columns: number,
  indent: number,
): readonly (readonly P[])[] {
  const lines: P[][] = [];
  let line: P[] = [];
  for (const word of words) {
    const isFull = widthOf([...line, word]) > columns;
    if (isFull && !isBlank(word) && !line.every(isBlank)) {
      lines.push(line);
      line = [{ ...word, text: " ".repeat(indent) + word.text.trimStart() }];
    } else line.push(word);
  }
  return [...lines, line];
}
