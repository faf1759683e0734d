import { describe, expect, test } from "vitest";
import { faults, faultsOfTarget, faultsWith, HEAD, TARGETS } from "./spec-texts.ts";

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
