import { loadSpec } from "#schema/load-spec.ts";

/** All above `spec`. */
export const HEAD = "apiVersion: dextre.dev/v1alpha1\nkind: Upgrade\nmetadata: {name: test}\n";
export const TARGETS = "  targets: [{kind: Nodes, role: node}]\n";
export const MINIMAL = `${HEAD}spec:\n${TARGETS}`;

/** @throws Error with every fault of a spec that has some */
export function resolve(text: string) {
  const loaded = loadSpec(text, "upgrade.yaml");
  if (loaded.kind === "faulty") throw new Error(loaded.diagnostics.map(({ message }) => message).join("\n"));
  return loaded.spec;
}

/** "line:column+length CODE message → help" of every fault. */
export function faults(text: string): readonly string[] {
  const loaded = loadSpec(text, "upgrade.yaml");
  if (loaded.kind === "ok") return [];
  return loaded.diagnostics.map(({ code, message, help, place }) => {
    const where = place ? `${place.line}:${place.column}+${place.length}` : "-";
    return `${where} ${code} ${message} → ${help}`;
  });
}

/** The faults of a spec with one target, and these lines under `spec`. */
export function faultsWith(lines: string): readonly string[] {
  return faults(`${HEAD}spec:\n${TARGETS}  ${lines}\n`);
}

/** The faults of a spec with this one target, on line 4 from column 19 on. */
export function faultsOfTarget(target: string): readonly string[] {
  return faults(`${HEAD}spec: {targets: [${target}]}\n`);
}
