import type { Finding } from "#model/plan.ts";
import { count } from "./words.ts";

/**
 * The last line of a plan that is blocked: the blockers stand at its top, which a long plan has long
 * scrolled away. `accept` says what accepts one; undefined where nothing does.
 */
export function blockedFooter(
  blockers: readonly Finding[],
  accept: (finding: Finding) => string | undefined,
): string {
  const ways = blockers.map(accept);
  const known = [...new Set(ways.filter((way) => way !== undefined))];
  const open = ways.filter((way) => way === undefined).length;
  const settle = `Nothing was changed: settle the ${blockers.length === 1 ? "blocker" : count(blockers.length, "blocker")} above`;
  if (known.length === 0) return `${settle}.`;
  const them = blockers.length === 1 ? "it" : open === 0 ? "them" : `all but ${open}`;
  return `${settle}, or accept ${them}: ${known.join(", ")}`;
}
