import type { Diagnostic, SourcePlace } from "#model/diagnostic.ts";
import { type Colour, type Line, paintAll, plain, span } from "./palette.ts";

const WIDEST = 100;

/** Diagnostics as people read them: place and message, the line with what is wrong in it, what to do, the code. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], colour: Colour): string {
  const lines = diagnostics.flatMap((diagnostic, index) => [
    ...(index === 0 ? [] : [[]]),
    ...linesOf(diagnostic),
  ]);
  return paintAll([...lines, ...sum(diagnostics)], colour);
}

/** Of a long list people see the end first. */
function sum(diagnostics: readonly Diagnostic[]): readonly Line[] {
  const [first] = diagnostics;
  if (diagnostics.length < 3 || !first?.place) return [];
  return [[], plain(`${diagnostics.length} faults in ${first.place.file}`)];
}

function linesOf({ place, message, help, code }: Diagnostic): readonly Line[] {
  const lines: Line[] = [];
  if (place) {
    const where = `${place.file}:${place.line}:${place.column}: `;
    lines.push([span(where), span(message, "bold")], ...frame(place, help));
  } else {
    lines.push([span(message, "bold")]);
    if (help !== undefined) lines.push(...help.split("\n").map((line) => plain(`  ${line}`)));
  }
  return [...lines, [span(code, "dim")]];
}

/** The line as it stands, and carets below the fault; long lines are cut around it. */
function frame(place: SourcePlace, help: string | undefined): readonly Line[] {
  const cutFrom = place.column > WIDEST ? place.column - Math.floor(WIDEST / 2) : 0;
  const shown = place.lineText.slice(cutFrom, cutFrom + WIDEST).replaceAll("\t", " ");
  const before = place.column - 1 - cutFrom;
  const carets = "^".repeat(Math.max(1, Math.min(place.length, WIDEST - before)));
  const number = String(place.line).padStart(4);
  const [first = "", ...more] = help === undefined ? [] : help.split("\n");
  const margin = `${" ".repeat(number.length)} | ${" ".repeat(before)}`;
  return [
    plain(`${number} | ${shown}`),
    [span(margin), span(carets, "red"), span(first === "" ? "" : ` ${first}`)],
    ...more.map((line) => plain(`${margin}${" ".repeat(carets.length)} ${line}`)),
  ];
}
