import { describe, expect, test } from "vitest";
import { loadSpec } from "#schema/load-spec.ts";
import { faults, HEAD, MINIMAL, resolve, TARGETS } from "./spec-texts.ts";

describe("a spec", () => {
  test("that says only what to roll gets every default written out", () => {
    expect(resolve(MINIMAL)).toEqual({
      name: "test",
      targets: [{ kind: "Nodes", role: "node", selector: null, groups: [], names: [], exclude: null }],
      order: { nodes: ["zone", "oldestFirst"], pods: ["regularBeforeSystem", "priority", "name"] },
      limits: { maxUnavailableNodes: 1, podsInParallel: 1, maxDiscovered: null },
      replace: { mode: "terminate" },
      pods: {
        unmanaged: "block",
        localStorage: "block",
        jobs: "block",
        unplaceable: "block",
        stableForSeconds: 0,
        gracePeriodSeconds: null,
      },
      nodes: { stableForSeconds: 0, unreachable: "stop" },
      controlPlane: { allowOutage: false },
      timeouts: { evictionSeconds: 600, replacementSeconds: 600, nodeSeconds: 900 },
      aws: { region: null, cluster: null },
    });
  });

  test("that says everything is read as it says", () => {
    const spec = resolve(`$schema: ./dextre.schema.json
${HEAD}spec:
  targets:
    - kind: Nodes
      role: node
      selector: type=some
      groups: [nodes-a]
      names: [node-1]
      exclude: {matchExpressions: [{key: hold, operator: Exists}, {key: cores, operator: Gt, values: ["4"]}]}
    - kind: Pods
      namespaces: [default]
      selector: {matchLabels: {app: service}}
  order: {nodes: [zoneRoundRobin, listed], pods: [name]}
  limits: {maxUnavailableNodes: 1, podsInParallel: 1, maxDiscovered: 0}
  replace: {mode: none}
  pods: {unmanaged: evict, localStorage: evict, jobs: evict, unplaceable: awaitNode, stableFor: 5s, gracePeriod: 1m}
  nodes: {stableFor: 1m30s, unreachable: terminate}
  controlPlane: {allowOutage: true}
  timeouts: {eviction: 1h, replacement: 90s, node: 0.5h}
  aws: {region: eu-west-1, cluster: k8s.example.com}
`);
    expect(spec).toEqual({
      name: "test",
      targets: [
        {
          kind: "Nodes",
          role: "node",
          selector: { requirements: [{ key: "type", operator: "In", values: ["some"] }] },
          groups: ["nodes-a"],
          names: ["node-1"],
          exclude: {
            requirements: [
              { key: "cores", operator: "Gt", value: 4 },
              { key: "hold", operator: "Exists" },
            ],
          },
        },
        {
          kind: "Pods",
          namespaces: ["default"],
          selector: { requirements: [{ key: "app", operator: "In", values: ["service"] }] },
        },
      ],
      order: { nodes: ["zoneRoundRobin", "listed"], pods: ["name"] },
      limits: { maxUnavailableNodes: 1, podsInParallel: 1, maxDiscovered: 0 },
      replace: { mode: "none" },
      pods: {
        unmanaged: "evict",
        localStorage: "evict",
        jobs: "evict",
        unplaceable: "awaitNode",
        stableForSeconds: 5,
        gracePeriodSeconds: 60,
      },
      nodes: { stableForSeconds: 90, unreachable: "terminate" },
      controlPlane: { allowOutage: true },
      timeouts: { evictionSeconds: 3600, replacementSeconds: 90, nodeSeconds: 1800 },
      aws: { region: "eu-west-1", cluster: "k8s.example.com" },
    });
  });

  test.each([
    ["a byte order mark", `\uFEFF${MINIMAL}`],
    ["line ends of Windows", MINIMAL.replaceAll("\n", "\r\n")],
    ["a document marker", `---\n${MINIMAL}`],
    [
      "JSON",
      JSON.stringify({
        apiVersion: "dextre.dev/v1alpha1",
        kind: "Upgrade",
        metadata: { name: "test" },
        spec: { targets: [{ kind: "Nodes", role: "node" }] },
      }),
    ],
  ])("with %s is the same spec", (_, text) => {
    expect(resolve(text)).toEqual(resolve(MINIMAL));
  });
});

describe("the text of a spec", () => {
  test.each([
    ["a tab", `${HEAD}spec:\n\ttargets: []\n`, "E-SPEC-SYNTAX"],
    ["an open bracket", `${HEAD}spec: {targets: [\n`, "E-SPEC-SYNTAX"],
    ["a field twice", MINIMAL.replace("kind: Upgrade", "kind: Upgrade\nkind: Upgrade"), "given twice"],
    [
      "an alias",
      `${HEAD}spec:\n  targets: [{kind: Nodes, role: &a node}, {kind: Nodes, role: *a}]\n`,
      "aliases are not read",
    ],
    ["a merge key", `${HEAD}spec:\n  <<: {}\n${TARGETS}`, "merge keys are not read"],
    ["__proto__", `${HEAD}spec:\n  __proto__: {}\n${TARGETS}`, '"__proto__" cannot be a field'],
    ["constructor", `${HEAD}spec:\n  constructor: {}\n${TARGETS}`, '"constructor" cannot be a field'],
    ["two documents", `${MINIMAL}---\n${MINIMAL}`, "more than one document"],
    ["a tag", MINIMAL.replace("name: test", "name: !secret test"), "tags are not read"],
    ["a set", MINIMAL.replace("{name: test}", "!!set {name: test}"), "tags are not read"],
    ["a tag that changes nothing", MINIMAL.replace("name: test", "name: !!str test"), "tags are not read"],
    ["a field without a name", `${HEAD}~: a\nspec:\n${TARGETS}`, "a field has no name"],
    ["an empty name", `${HEAD}: a\nspec:\n${TARGETS}`, "a field has no name"],
    [
      "a label called 1.10",
      MINIMAL.replace("role: node", "selector: {matchLabels: {1.10: a}}"),
      'the name 1.10 would be read as 1.1 → quote it: "1.10"',
    ],
    [
      "a label called 0x10",
      MINIMAL.replace("role: node", "selector: {matchLabels: {0x10: a}}"),
      'would be read as 16 → quote it: "0x10"',
    ],
    ["YAML 1.1", `%YAML 1.1\n---\n${MINIMAL}`, "YAML 1.1 is not read"],
    ["a list as a key", `${HEAD}spec:\n  ? [a]\n  : b\n${TARGETS}`, "a field's name is a plain text"],
    ["40 levels", `a: ${"{a: ".repeat(40)}1${"}".repeat(40)}\n`, "E-SPEC-TOO-LARGE"],
    ["100,000 levels", "[".repeat(100_000), "E-SPEC-TOO-LARGE"],
    ["10,000 lists of lists", "- ".repeat(10_000), "E-SPEC-TOO-LARGE"],
    ["2 MiB", `# ${"x".repeat(2 * 1024 * 1024)}\n${MINIMAL}`, "E-SPEC-TOO-LARGE"],
    ["nothing", "", "the spec file is empty"],
    ["a comment only", "# later\n", "the spec file is empty"],
    ["a plan", '{"kind": "Plan", "formatVersion": "1.0"}', "this is a plan, not a spec"],
    ["a list", "- a\n- b\n", "the spec file is a list"],
    [
      "a field to the left of the others",
      `${HEAD}spec:\n  targets:\n    - kind: Nodes\n     role: node\n`,
      '7:6+1 E-SPEC-SYNTAX not valid YAML: sequence item without - indicator → let it begin in the column of the field behind the "-"',
    ],
    [
      "a field to the right of the others",
      `${HEAD}spec:\n  targets:\n    - kind: Nodes\n        role: node\n`,
      "→ let the next line begin in the column of this field; it is indented too far",
    ],
    ["two fields in a line", `${HEAD}spec:\n  pods: jobs: evict\n`, "→ begin a new line, or put"],
    [
      "no blank behind the dash",
      `${HEAD}spec:\n  targets:\n    -kind: Nodes\n     role: a\n`,
      '→ put a blank behind the "-"',
    ],
    [
      "no blank behind the colon",
      `${HEAD}spec:\n  targets:\n    - kind: Nodes\n      role:node\n`,
      '→ add the colon and a blank: "name: value"',
    ],
    [
      "a bracket too few",
      `${HEAD}spec:\n  order:\n    nodes: [name\n  pods: {}\n`,
      "→ close the bracket before this line",
    ],
    [
      "a selector that begins with a mark",
      MINIMAL.replace("role: node", "selector: !old"),
      '→ take the tag out; a text that begins with "!" needs quotes',
    ],
  ])("with %s is refused once: %s", (_, text, fault) => {
    expect(faults(text).length).toBe(1);
    expect(faults(text)[0]).toContain(fault);
  });

  test("shows every fault at once, in the order of the file", () => {
    const found = faults(`apiVersion: dextre.dev/v1alpha1
kind: Upgrade
metadata: {name: 1.10}
spec:
  targets:
    - kind: Nodes
      roles: node
      selector: "a=b,c in d"
    - kind: Nodes
    - kind: Pods
      namespace: default
      selector: {matchLabels: {app: true}}
  limits: {maxUnavailableNodes: 25%, maxDiscoverd: 3}
  limits: {podsInParallel: 0}
  timeouts: {node: 600}
`);
    expect(found.map((fault) => fault.split(" ").slice(0, 2).join(" "))).toEqual([
      "3:18+4 E-SPEC-WRONG-TYPE",
      "7:7+5 E-SPEC-UNKNOWN-FIELD",
      "8:27+1 E-SPEC-BAD-SELECTOR",
      "9:13+5 E-SPEC-MISSING-FIELD",
      "11:7+9 E-SPEC-UNKNOWN-FIELD",
      "12:37+4 E-SPEC-WRONG-TYPE",
      "14:3+6 E-SPEC-SYNTAX",
      "14:28+1 E-SPEC-BAD-VALUE",
      "15:20+3 E-SPEC-WRONG-TYPE",
    ]);
  });

  test("with thousands of faults shows a hundred and says that there are more", () => {
    const found = faults(`${HEAD}spec:\n  targets: [${"{kind: Nodes, roles: a},".repeat(500)}]\n`);
    expect(found.length).toBe(101);
    expect(found[100]).toContain("there are more faults; the first 100 are shown");
  });

  test("gives the line for the frame without its line end", () => {
    const loaded = loadSpec(MINIMAL.replace("role", "roles").replaceAll("\n", "\r\n"), "upgrade.yaml");
    if (loaded.kind === "ok") throw new Error("read");
    expect(loaded.diagnostics[0]?.place).toEqual({
      file: "upgrade.yaml",
      line: 5,
      column: 27,
      length: 5,
      lineText: "  targets: [{kind: Nodes, roles: node}]",
    });
  });
});
