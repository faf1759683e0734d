import type { Plan } from "#model/plan.ts";

/** What stands behind the first dot of a DNS name; an address has no such thing. */
const DOMAIN = /^[^.]+(\.[a-z].*)$/;

/**
 * Takes the domain off node names in a text, where all nodes that the plan saw have the same one:
 * "ip-10-0-1-4.eu-west-1.compute.internal" becomes "ip-10-0-1-4". For views that are short of room.
 */
export function shortNames(plan: Plan): (text: string) => string {
  const { nodes, pods } = plan.content.observed;
  const names = [...nodes.map(({ name }) => name), ...pods.map(({ node }) => node)];
  const domains = new Set(names.map((name) => DOMAIN.exec(name)?.[1] ?? ""));
  const [domain = ""] = domains;
  return domains.size === 1 && domain !== "" ? (text) => text.replaceAll(domain, "") : (text) => text;
}
