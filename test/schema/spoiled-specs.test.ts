import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadSpec } from "#schema/load-spec.ts";

const WHOLE = {
  apiVersion: "dextre.dev/v1alpha1",
  kind: "Upgrade",
  metadata: { name: "test" },
  spec: {
    targets: [
      {
        kind: "Nodes",
        role: "node",
        selector: "a=b",
        groups: ["g"],
        names: ["n"],
        exclude: { matchLabels: { a: "b" }, matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] },
      },
      { kind: "Pods", namespaces: ["default"], selector: "a=b" },
    ],
    order: { nodes: ["listed", "name"], pods: ["priority", "name"] },
    limits: { maxUnavailableNodes: 1, podsInParallel: 1, maxDiscovered: 3 },
    replace: { mode: "none" },
    pods: {
      unmanaged: "evict",
      localStorage: "evict",
      jobs: "evict",
      unplaceable: "awaitNode",
      stableFor: "5s",
      gracePeriod: "1m",
    },
    nodes: { stableFor: "5s", unreachable: "stop" },
    controlPlane: { allowOutage: true },
    timeouts: { eviction: "1m", replacement: "1m", node: "1m" },
    aws: { region: "eu-west-1", cluster: "c" },
  },
};

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const entries: readonly [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [path, ...entries.flatMap(([key, child]) => pathsOf(child, [...path, key]))];
}

function withValueAt(value: unknown, path: Path, replacement: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return replacement;
  if (Array.isArray(value))
    return value.with(Number(first), withValueAt(value[Number(first)], rest, replacement));
  const copy: Record<string, unknown> = { ...(value as Record<string, unknown>) };
  copy[first] = withValueAt(copy[first], rest, replacement);
  return copy;
}

const PATHS = pathsOf(WHOLE);
/** Yes and no, lists and labels are values of what stands there; a null never is. */
const anyValue = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom("", "0s", "25%", "a in (", [], {}, -1, 1.5, "\u0000", "1e3"),
);

function diagnosticsOf(spec: unknown) {
  const loaded = loadSpec(JSON.stringify(spec, null, 2), "upgrade.yaml");
  return loaded.kind === "ok" ? [] : loaded.diagnostics;
}

describe("a spec with one value spoiled", () => {
  test.each(PATHS.map((path) => [path.join(".") || "the whole", path] as const))(
    "at %s has one fault",
    (_, path) => {
      expect(diagnosticsOf(withValueAt(WHOLE, path, null)).length).toBe(1);
    },
  );

  test("is read or has faults with a code, a place and a fix, whatever the value", () => {
    fc.assert(
      fc.property(fc.constantFrom(...PATHS), anyValue, (path, value) => {
        for (const { code, place, help } of diagnosticsOf(withValueAt(WHOLE, path, value))) {
          expect(code).toMatch(/^E-SPEC-/);
          expect(help).toBeTruthy();
          expect(place?.lineText.length).toBeGreaterThanOrEqual((place?.column ?? 0) - 1);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("is never a crash, whatever the text", () => {
    const text = JSON.stringify(WHOLE, null, 2);
    const cut = fc.record({ at: fc.nat(text.length), drop: fc.nat(20), put: fc.string({ maxLength: 5 }) });
    fc.assert(
      fc.property(cut, ({ at, drop, put }) => {
        loadSpec(text.slice(0, at) + put + text.slice(at + drop), "upgrade.yaml");
      }),
      { numRuns: 150 },
    );
  });
});
