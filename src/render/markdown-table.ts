/** GitHub cuts a comment at 65,536 characters; bytes are the safe measure. */
export const LARGEST_BYTES = 60_000;

/** A table of at most `most` rows, which says how many it leaves out. Cells are escaped already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], most: number): string {
  const shown = rows.slice(0, most).map((cells) => `| ${cells.join(" | ")} |`);
  const left = rows.length - shown.length;
  const more = left > 0 ? [`\n… and ${left} more`] : [];
  return [`| ${head.join(" | ")} |`, `|${" --- |".repeat(head.length)}`, ...shown, ...more].join("\n");
}

export const fold = (title: string, body: string): string =>
  `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;

/** UTF-8 bytes of a text; no TextEncoder in a pure room. */
export function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
