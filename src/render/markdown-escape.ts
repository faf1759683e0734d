import { sanitise } from "./sanitise.ts";

/*
 * Markdown as GitHub and GitLab read it, filled with names from a cluster. No name may begin a
 * mention, a link, an image, HTML, an emoji or a reference to an issue, or break out of its cell.
 */

const SPECIAL = /[\\`*_{}[\]()<>#!|~&$:@"'^]/g;
const AUTOLINKED = /www(?=\.)|gh(?=-\d)/gi;

/** A foreign text as harmless prose: every character that means something becomes an entity. */
export function prose(text: string): string {
  return sanitise(text)
    .replace(SPECIAL, (character) => `&#${character.codePointAt(0)};`)
    .replace(AUTOLINKED, (word) => `${word}&#8203;`);
}

/**
 * A foreign text as a code span, fenced by one back tick more than it holds; as prose where it has
 * a character that a table's cell would stumble over even in a code span.
 */
export function code(text: string): string {
  const clean = sanitise(text).trim();
  if (clean === "") return "–";
  if (/[|\\]/.test(clean)) return prose(clean);
  const fence = "`".repeat(longestRun(clean) + 1);
  const space = clean.startsWith("`") || clean.endsWith("`") ? " " : "";
  return `${fence}${space}${clean}${space}${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
