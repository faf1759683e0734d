import type { YAMLError } from "yaml";
import type { Code } from "#model/codes.ts";

/** Something in the text that dextre does not read, from offset start to end. */
export interface YamlFault {
  readonly code: Code;
  readonly message: string;
  readonly help: string;
  readonly start: number;
  readonly end: number;
}

export const TAGS = {
  message: "tags are not read here",
  help: 'take the tag out; a text that begins with "!" needs quotes',
};

const LOOK = "check quotes, brackets and indentation here";

const HELP_BY_YAML_CODE: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "indent with spaces",
  BAD_INDENT: "let fields of the same block begin in the same column",
  MULTILINE_IMPLICIT_KEY: 'a field is written "name: value"',
  MULTIPLE_DOCS: 'keep one spec a file; take out "---" and what follows',
  BAD_ALIAS: "write the value out",
  BAD_SCALAR_START: "put the value in quotes",
};

/** What the parser says of a slip in the syntax of `text`, with the way out that such a slip mostly has. */
export function describeSyntax(error: YAMLError, text: string): YamlFault {
  const blanks = /^ */.exec(text.slice(error.pos[0]))?.[0].length ?? 0;
  const start = error.pos[0] + blanks;
  const end = Math.max(error.pos[1], start + 1);
  const fault = { code: "E-SPEC-SYNTAX", start, end } as const;
  if (error.code === "TAG_RESOLVE_FAILED") return { ...fault, ...TAGS };
  const said = error.message.split("\n", 1)[0] ?? "";
  const message =
    error.code === "MULTIPLE_DOCS"
      ? "the file holds more than one document"
      : `not valid YAML: ${said.charAt(0).toLowerCase()}${said.slice(1)}`;
  return { ...fault, message, help: helpFor(error.code, said, text, error.pos[0]) };
}

/** The parser has one code for slips that are mended in different ways; its words and the line tell them apart. */
function helpFor(code: string, said: string, text: string, start: number): string {
  if (/end with a [\]}]/.test(said)) return "close the bracket before this line";
  if (/^Sequence item without/.test(said)) return 'let it begin in the column of the field behind the "-"';
  if (/^Implicit map keys need/.test(said)) return 'add the colon and a blank: "name: value"';
  if (code === "MISSING_CHAR") return "close the bracket or the quote, or add the colon";
  if (code !== "BLOCK_AS_IMPLICIT_KEY") return HELP_BY_YAML_CODE[code] ?? LOOK;
  const begin = text.lastIndexOf("\n", start - 1) + 1;
  const line = text.slice(begin, `${text}\n`.indexOf("\n", start));
  if (/^ *-[^\s-]/.test(line)) return 'put a blank behind the "-"';
  if (line.slice(start - begin).includes(": "))
    return 'begin a new line, or put a value that contains ": " in quotes';
  return "let the next line begin in the column of this field; it is indented too far";
}
