import { describe, expect, test } from "vitest";
import { loadSpec } from "#schema/load-spec.ts";

const HEAD = "apiVersion: dextre.dev/v1alpha1\nkind: Upgrade\nmetadata: {name: test}\n";
const TARGETS = "  targets: [{kind: Nodes, role: node}]\n";
const MINIMAL = `${HEAD}spec:\n${TARGETS}`;

function resolve(text: string) {
  const loaded = loadSpec(text, "upgrade.yaml");
  if (loaded.kind === "faulty") throw new Error(loaded.diagnostics.map(({ message }) => message).join("\n"));
  return loaded.spec;
}

/** "line:column+length CODE message → help" of every fault. */
function faults(text: string): readonly string[] {
  const loaded = loadSpec(text, "upgrade.yaml");
  if (loaded.kind === "ok") return [];
  return loaded.diagnostics.map(({ code, message, help, place }) => {
    const where = place ? `${place.line}:${place.column}+${place.length}` : "-";
    return `${where} ${code} ${message} → ${help}`;
  });
}

/** The faults of a spec with one target, and these lines under `spec`. */
function faultsWith(lines: string): readonly string[] {
  return faults(`${HEAD}spec:\n${TARGETS}  ${lines}\n`);
}

/** The faults of a spec with this one target, on line 4 from column 19 on. */
function faultsOfTarget(target: string): readonly string[] {
  return faults(`${HEAD}spec: {targets: [${target}]}\n`);
}

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

describe("a misspelt field", () => {
  test("is one fault, with the field that was meant", () => {
    expect(faultsOfTarget("{kind: Nodes, roles: node}")).toEqual([
      '4:32+5 E-SPEC-UNKNOWN-FIELD unknown field "roles" in a Nodes target → did you mean "role"?',
    ]);
  });

  test("that had to be there is not also missing", () => {
    expect(faultsOfTarget("{kind: Pods, namespace: [a], selector: a=b}")).toEqual([
      '4:31+9 E-SPEC-UNKNOWN-FIELD unknown field "namespace" in a Pods target → did you mean "namespaces"?',
    ]);
  });

  test.each([
    ["{kind: Nodes, role: a, namespaces: [b]}", "it belongs in a Pods target"],
    ["{kind: Pods, namespaces: [a], selector: b=c, role: node}", "it belongs in a Nodes target"],
    ["{kind: Nodes, role: a, selector: {matchLabel: {b: c}}}", 'did you mean "matchLabels"?'],
    [
      "{kind: Nodes, role: a, selector: {matchExpressions: [{key: b, op: Exists}]}}",
      "known here: key, operator, values",
    ],
  ])("in %s is told: %s", (target, help) => {
    expect(faultsOfTarget(target).filter((fault) => fault.includes("UNKNOWN-FIELD"))[0]).toContain(help);
  });

  test.each([
    ["podsInParallel: 1", "it belongs in spec.limits"],
    ["maxUnavailable: 1", 'did you mean "maxUnavailableNodes" in spec.limits?'],
    ["timeout: {node: 1m}", 'did you mean "timeouts"?'],
    ["zzz: 1", "known here: targets, order"],
  ])("%s under spec is told: %s", (line, help) => {
    expect(faultsWith(line)[0]).toContain(help);
  });

  test("that is planned is told apart from one that does not exist", () => {
    expect(faultsOfTarget("{kind: Nodes, role: a, outdated: true}")[0]).toContain("E-SPEC-NOT-BUILT");
  });
});

describe("a missing field", () => {
  test.each([
    [
      `kind: Upgrade\nmetadata: {name: a}\nspec:\n${TARGETS}`,
      '1:1+4 E-SPEC-MISSING-FIELD "apiVersion" is missing',
    ],
    [`${HEAD}spec: {order: {}}\n`, '4:1+4 E-SPEC-MISSING-FIELD "targets" is missing in spec'],
    [
      `${HEAD}spec: {targets: [{role: a}]}\n`,
      '4:19+4 E-SPEC-MISSING-FIELD "kind" is missing in spec.targets[0]',
    ],
    [`${HEAD}spec: {targets: [{kind: Pods, selector: a}]}\n`, '"namespaces" is missing in spec.targets[0]'],
  ])("of %j is shown at the block that lacks it", (text, fault) => {
    expect(faults(text).length).toBe(1);
    expect(faults(text)[0]).toContain(fault);
  });

  test("is what a Nodes target has that does not say which nodes", () => {
    for (const target of ["{kind: Nodes}", "{kind: Nodes, groups: []}", "{kind: Nodes, exclude: a=b}"]) {
      expect(faultsOfTarget(target)).toEqual([
        "4:25+5 E-SPEC-MISSING-FIELD this Nodes target does not say which nodes → add at least one of role, selector, groups, names",
      ]);
    }
  });
});

describe("a value", () => {
  test.each([
    ["timeouts: {node: 600}", "6:20+3 E-SPEC-WRONG-TYPE 600 has no unit → write 600s"],
    ["timeouts: {node: 1e3}", "6:20+3 E-SPEC-WRONG-TYPE 1e3 has no unit → write 1000s"],
    ["timeouts: {node: 1.5}", "6:20+3 E-SPEC-WRONG-TYPE 1.5 has no unit → write whole seconds, as in 90s"],
    [
      "limits: {maxUnavailableNodes: 1.10}",
      "6:33+4 E-SPEC-WRONG-TYPE spec.limits.maxUnavailableNodes is the number 1.10, not a whole number or a text → write a whole number",
    ],
    ['timeouts: {node: "600"}', '6:20+5 E-SPEC-BAD-VALUE "600" has no unit → write 600s'],
    ["timeouts: {node: 0s}", "spec.timeouts.node is 0s: too short → write 1s or more"],
    ["timeouts: {node: 9999h}", "spec.timeouts.node is 9999h: too long → write 168h or less"],
    ["timeouts: {node: 10 minutes}", '"10 minutes" is not a duration'],
    ["timeouts: {node: -5m}", '"-5m" is negative'],
    ["timeouts: {node: 1500ms}", "not a whole number of seconds"],
    ["pods: {gracePeriod: 0s}", "spec.pods.gracePeriod is 0s: too short"],
    [
      "limits: {maxUnavailableNodes: 2}",
      "E-SPEC-NOT-BUILT spec.limits.maxUnavailableNodes of 2 is not built yet",
    ],
    [
      "limits: {maxUnavailableNodes: 25%}",
      "E-SPEC-NOT-BUILT spec.limits.maxUnavailableNodes of 25% is not built yet",
    ],
    ["limits: {podsInParallel: 3}", "E-SPEC-NOT-BUILT spec.limits.podsInParallel of 3 is not built yet"],
    [
      "limits: {podsInParallel: 0}",
      "E-SPEC-BAD-VALUE spec.limits.podsInParallel is 0: too small → write 1 or more",
    ],
    [
      "limits: {podsInParallel: many}",
      'E-SPEC-BAD-VALUE "many" is not a value of spec.limits.podsInParallel',
    ],
    [
      "limits: {podsInParallel: 1.5}",
      "spec.limits.podsInParallel is the number 1.5, not a whole number or a text",
    ],
    ["limits: {maxDiscovered: -1}", "E-SPEC-BAD-VALUE spec.limits.maxDiscovered is -1: too small"],
    [
      "replace: {mode: surge}",
      'E-SPEC-NOT-BUILT spec.replace.mode "surge" is not built yet → write terminate or none',
    ],
    ["replace: {mode: Terminate}", 'did you mean "terminate"? one of terminate, none'],
    ["controlPlane: {allowOutage: yes}", 'the text "yes", not true or false → write true'],
    ["order: {nodes: zone}", 'spec.order.nodes is the text "zone", not a list → write a list: [zone]'],
    ["order: {nodes: []}", "spec.order.nodes is an empty list"],
    [
      "order: {nodes: [name, zone, name]}",
      '6:31+4 E-SPEC-BAD-VALUE "name" is given twice in spec.order.nodes',
    ],
    ["order: {nodes: [listed]}", "6:19+6 E-SPEC-BAD-VALUE no target lists names"],
    ["order: {nodes: [zone, zoneRoundRobin]}", "zone and zoneRoundRobin exclude each other"],
    [
      "order: {nodes: [zone, name, group]}",
      '6:31+5 E-SPEC-BAD-VALUE no two have the same name, so "group" behind it',
    ],
    ["order: {pods: [name, priority]}", "put name last, or take it out"],
    ["order:", "6:3+5 E-SPEC-WRONG-TYPE spec.order is empty → give it a value or take it out"],
    ["aws: {region: Frankfurt}", '"Frankfurt" is not an AWS region → as in eu-west-1'],
    ["aws: {cluster: ''}", "spec.aws.cluster is empty"],
  ])("%s is refused: %s", (line, fault) => {
    expect(faultsWith(line).length).toBe(1);
    expect(faultsWith(line)[0]).toContain(fault);
  });

  test.each([
    ["{kind: nodes}", '"nodes" is not a value of spec.targets[0].kind → did you mean "Nodes"?'],
    [
      "{kind: Nodes, role: 1.10}",
      '4:38+4 E-SPEC-WRONG-TYPE spec.targets[0].role is the number 1.10, not a text → quote it: "1.10"',
    ],
    ["{kind: Nodes, names: node-1}", "write a list: [node-1]"],
    ["{kind: Nodes, names: [a, b, a]}", '"a" is given twice in spec.targets[0].names'],
    ["{kind: Pods, namespaces: [], selector: a}", "spec.targets[0].namespaces is an empty list"],
    ["{kind: Nodes, selector: {matchLabels: {a: true}}}", 'quote it: "true"'],
    ["{kind: Nodes, selector: ''}", "E-SPEC-BAD-SELECTOR an empty selector would select everything"],
    ["{kind: Nodes, selector: {}}", "E-SPEC-BAD-SELECTOR an empty selector would select everything"],
    ["{kind: Nodes, selector: 'a=b,c foo d'}", '4:49+3 E-SPEC-BAD-SELECTOR "foo" is not an operator'],
    ["{kind: Nodes, selector: a=b=c}", "4:45+1 E-SPEC-BAD-SELECTOR a comma is needed"],
    ["{kind: Nodes, selector: {matchLabels: {a b: c}}}", '"a b" is not a label key'],
    ["{kind: Nodes, selector: {matchLabels: {a: b c}}}", '"b c" is not a label value'],
    ["{kind: Nodes, selector: {matchExpressions: [{key: a, operator: In}]}}", "In needs values"],
    [
      "{kind: Nodes, selector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}",
      "Exists takes no values",
    ],
    [
      "{kind: Nodes, selector: {matchExpressions: [{key: a, operator: Gt, values: [b]}]}}",
      "Gt needs exactly one whole number",
    ],
    [
      "{kind: Pods, namespaces: [a], selector: {matchExpressions: [{key: a, operator: Gt, values: ['1']}]}}",
      "Gt is for nodes only",
    ],
    ["{kind: Pods, namespaces: [a], selector: 'a>1'}", "is for nodes only"],
    ["node", 'is the text "node", not a block of fields'],
  ])("in target %s is refused: %s", (target, fault) => {
    expect(faultsOfTarget(target).length).toBe(1);
    expect(faultsOfTarget(target)[0]).toContain(fault);
  });

  test.each([
    ["Workers 1.36", "write workers-1-36"],
    ["-", "as in workers-1-36"],
    [`a${"b".repeat(70)}`, `write a${"b".repeat(62)}`],
  ])("metadata.name %s is refused: %s", (name, help) => {
    expect(faults(MINIMAL.replace("test", `"${name}"`))[0]).toContain(help);
  });

  test("of apiVersion and kind is told", () => {
    expect(faults(MINIMAL.replace("v1alpha1", "v2"))[0]).toContain("→ write dextre.dev/v1alpha1");
    expect(faults(MINIMAL.replace("Upgrade", "Deployment"))[0]).toContain("→ write Upgrade");
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
