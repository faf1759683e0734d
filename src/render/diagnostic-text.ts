import type { Diagnostic, SourcePlace } from "#model/diagnostic.ts";
import { commandInText } from "./command-in-text.ts";
import { type Colour, type Line, paintAll, plain, span } from "./palette.ts";
import { seeCode } from "./see-code.ts";

const WIDEST = 100;
/** "   4 | " */
const MARGIN = 7;

/**
 * Diagnostics as people read them: place and message, the line with what is wrong in it, what to do, the
 * code. They fit `columns`, but for command lines, which are not broken.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  colour: Colour,
  columns = Number.POSITIVE_INFINITY,
): string {
  const texts = diagnostics.map((diagnostic) => {
    const isLast = diagnostics.findLast(({ code }) => code === diagnostic.code) === diagnostic;
    const lines = [...linesOf(diagnostic, columns), codeLine(diagnostic, isLast)];
    return paintAll(lines, colour, columns);
  });
  return texts.join("\n") + paintAll(sum(diagnostics), colour);
}

/** Of a long list people see the end first. */
function sum(diagnostics: readonly Diagnostic[]): readonly Line[] {
  const [first] = diagnostics;
  if (diagnostics.length < 3 || !first?.place) return [];
  return [[], plain(`${diagnostics.length} faults in ${first.place.file}`)];
}

function linesOf({ place, message, help }: Diagnostic, columns: number): readonly Line[] {
  const lines: Line[] = [];
  if (place) {
    const where = `${place.file}:${place.line}:${place.column}: `;
    lines.push(
      [span(where), span(message, "bold")],
      ...frame(place, help, Math.min(WIDEST, columns - MARGIN)),
    );
  } else {
    lines.push(commandInText(message, "bold"));
    if (help !== undefined) lines.push(...help.split("\n").map((line) => commandInText(`  ${line}`)));
  }
  return lines;
}

/** Where to read more is said once for each code. */
const codeLine = ({ code }: Diagnostic, isLast: boolean): Line => [
  span(isLast ? seeCode(code) : code, "dim"),
];

/** The line as it stands, and carets below the fault; long lines are cut around it. */
function frame(place: SourcePlace, help: string | undefined, widest: number): readonly Line[] {
  const cutFrom = place.column > widest ? place.column - Math.floor(widest / 2) : 0;
  const shown = place.lineText.slice(cutFrom, cutFrom + widest).replaceAll("\t", " ");
  const before = place.column - 1 - cutFrom;
  const carets = "^".repeat(Math.max(1, Math.min(place.length, widest - before)));
  const number = String(place.line).padStart(4);
  const [first = "", ...more] = help === undefined ? [] : help.split("\n");
  const margin = `${" ".repeat(number.length)} | ${" ".repeat(before)}`;
  return [
    plain(`${number} | ${shown}`),
    [span(margin), span(carets, "red"), span(first === "" ? "" : ` ${first}`)],
    ...more.map((line) => plain(`${margin}${" ".repeat(carets.length)} ${line}`)),
  ];
}
