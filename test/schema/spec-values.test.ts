import { describe, expect, test } from "vitest";
import { faults, faultsOfTarget, faultsWith, MINIMAL } from "./spec-texts.ts";

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
    ["pods: {unmanaged: true}", "spec.pods.unmanaged is true, not a text → one of block, evict"],
    [
      "replace: none",
      'spec.replace is the text "none", not a block of fields → write a block of fields: mode',
    ],
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
    ["{role: node}", '"kind" is missing in spec.targets[0] → add kind: Nodes, or kind: Pods'],
    ["{kind: Nodes, label: a=b}", 'unknown field "label" in a Nodes target → did you mean "selector"?'],
    ["{kind: Nodes, node: node-1}", 'unknown field "node" in a Nodes target → did you mean "names"?'],
    [
      "{kind: Nodes, instanceGroup: a}",
      'unknown field "instanceGroup" in a Nodes target → did you mean "groups"?',
    ],
    ["{kind: Pods, namespaces: [a], selector: {app: web}}", "→ write matchLabels: {app: …}"],
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
