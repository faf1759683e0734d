import { describe, expect, it } from "vitest";
import type { Diagnostic } from "#model/diagnostic.ts";
import type { Node } from "#model/objects.ts";
import type { Target } from "#model/spec.ts";
import { needsGroups } from "#planner/group-names.ts";
import { type ResolvedTargets, resolveTargets } from "#planner/resolve-targets.ts";
import { parseSelector } from "#rules/selector.ts";
import { aGroup } from "#test/builders/a-group.ts";
import { aControlPlaneNode, aNode } from "#test/builders/a-node.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";
import { aNodesTarget, aPodsTarget, aSpec } from "#test/builders/a-spec.ts";

const workers = [
  aNode({ name: "w1", labels: { pool: "x", "kops.k8s.io/instancegroup": "nodes-x" } }),
  aNode({ name: "w2", labels: { pool: "x", "dextre.dev/hold": "" } }),
  aNode({ name: "w3", labels: { pool: "y" } }),
];
const masters = [aControlPlaneNode({ name: "m1" }), aControlPlaneNode({ name: "m2" })];
const groups = [
  aGroup({ name: "workers.k8s.example.com", instanceGroup: "workers", nodes: workers.slice(0, 2) }),
  aGroup({ name: "masters.k8s.example.com", nodes: masters }),
];

function resolve(
  targets: readonly Target[],
  nodes: readonly Node[] = [...workers, ...masters],
): ResolvedTargets {
  return resolveTargets(aSpec({ targets }), aSnapshot({ nodes, groups }));
}

const selector = (text: string) => {
  const parsed = parseSelector(text);
  if (parsed.kind !== "ok") throw new Error(text);
  return parsed.selector;
};

const names = (resolved: ResolvedTargets): readonly string[] =>
  resolved.targets.flatMap((target) =>
    target.kind === "Nodes" ? target.nodes.map((node) => node.name) : [],
  );

const onlyFault = (resolved: ResolvedTargets): Diagnostic | undefined => {
  expect(resolved.diagnostics).toHaveLength(1);
  return resolved.diagnostics[0];
};

describe("a Nodes target", () => {
  it("takes the nodes that match everything it gives", () => {
    expect(names(resolve([aNodesTarget({ role: "node" })]))).toEqual(["w1", "w2", "w3"]);
    expect(names(resolve([aNodesTarget({ role: "node", selector: selector("pool=x") })]))).toEqual([
      "w1",
      "w2",
    ]);
    expect(names(resolve([aNodesTarget({ names: ["w3", "w1"], selector: selector("pool=y") })]))).toEqual([
      "w3",
    ]);
  });

  it.each(["workers", "workers.k8s.example.com"])(
    "finds a group by its kOps tag or its own name: %s",
    (group) => {
      expect(names(resolve([aNodesTarget({ groups: [group] })]))).toEqual(["w1", "w2"]);
    },
  );

  it("finds a group by the node's label alone", () => {
    expect(names(resolve([aNodesTarget({ groups: ["nodes-x"] })]))).toEqual(["w1"]);
  });

  it("leaves out what its exclude selector matches, and says so", () => {
    const resolved = resolve([aNodesTarget({ role: "node", exclude: selector("dextre.dev/hold") })]);
    expect(names(resolved)).toEqual(["w1", "w3"]);
    expect(resolved.excluded).toMatchObject([{ target: 0, object: { name: "w2" }, code: "R-EXCLUDED" }]);
  });

  it("takes control-plane nodes only where it names their role, or them", () => {
    const everything = selector("");
    const resolved = resolve([aNodesTarget({ selector: everything })]);
    expect(names(resolved)).toEqual(["w1", "w2", "w3"]);
    expect(resolved.excluded.map((each) => `${each.object.name} ${each.code}`)).toEqual([
      "m1 R-CONTROL-PLANE",
      "m2 R-CONTROL-PLANE",
    ]);
    expect(names(resolve([aNodesTarget({ role: "master" })]))).toEqual(["m1", "m2"]);
    expect(names(resolve([aNodesTarget({ names: ["m1", "w1"] })]))).toEqual(["m1", "w1"]);
  });

  it("leaves a node to the earlier target that has it", () => {
    const resolved = resolve([aNodesTarget({ names: ["w2"] }), aNodesTarget({ role: "node" })]);
    expect(names(resolved)).toEqual(["w2", "w1", "w3"]);
    expect(resolved.excluded).toMatchObject([
      { target: 1, object: { name: "w2" }, code: "R-EARLIER-TARGET" },
    ]);
  });

  it("is not refused where earlier targets have taken all it matches", () => {
    const resolved = resolve([aNodesTarget({ role: "node" }), aNodesTarget({ names: ["w2"] })]);
    expect(resolved.diagnostics).toEqual([]);
  });
});

describe("a target is refused", () => {
  it("where no node has its role, listing the roles there are", () => {
    const fault = onlyFault(resolve([aNodesTarget({ role: "nodes" })]));
    expect(fault).toMatchObject({ code: "E-ROLE-UNKNOWN", help: "Roles there are: control-plane, node." });
  });

  it("where no node has any role, saying what else to choose by", () => {
    const bare = [{ ...aNode(), labels: {} }];
    expect(onlyFault(resolve([aNodesTarget({ role: "node" })], bare))?.help).toContain(
      "No node has a role label",
    );
  });

  it("where there is no such node, once for each", () => {
    const resolved = resolve([aNodesTarget({ names: ["w1", "w8", "w9"] })]);
    expect(resolved.diagnostics.map((each) => each.data)).toEqual([{ node: "w8" }, { node: "w9" }]);
  });

  it("where no node is in its group, listing the groups there are", () => {
    const fault = onlyFault(resolve([aNodesTarget({ groups: ["worker"] })]));
    expect(fault?.code).toBe("E-GROUP-UNKNOWN");
    expect(fault?.help).toContain("nodes-x, workers, workers.k8s.example.com");
  });

  it("where its selector matches nothing", () => {
    const fault = onlyFault(resolve([aNodesTarget({ role: "node", selector: selector("pool=z") })]));
    expect(fault).toMatchObject({
      code: "E-NOTHING-MATCHES",
      message: "no node matches role node and selector pool=z",
    });
  });

  it("where all that matches is excluded, saying by what", () => {
    const fault = onlyFault(resolve([aNodesTarget({ groups: ["masters.k8s.example.com"] })]));
    expect(fault?.message).toBe(
      "every node that matches groups masters.k8s.example.com is excluded: 2 of the control plane",
    );
  });

  it("where its selector matches no pod", () => {
    expect(onlyFault(resolve([aPodsTarget()]))?.message).toBe(
      "no pod matches selector app=web in namespace default",
    );
  });

  it("with every fault of every target at once", () => {
    const resolved = resolve([
      aNodesTarget({ role: "nodes" }),
      aNodesTarget({ names: ["w9"] }),
      aPodsTarget(),
    ]);
    expect(resolved.diagnostics.map((each) => each.code)).toEqual([
      "E-ROLE-UNKNOWN",
      "E-NODE-UNKNOWN",
      "E-NOTHING-MATCHES",
    ]);
  });
});

describe("the auto scaling groups are read", () => {
  const drain = { replace: { mode: "none" as const } };

  it("where nodes are replaced", () => {
    expect(needsGroups(aSpec())).toBe(true);
  });

  it("not for a drain, nor for pods", () => {
    expect(needsGroups(aSpec(drain))).toBe(false);
    expect(needsGroups(aSpec({ targets: [aPodsTarget()] }))).toBe(false);
  });

  it("not for a drain by group either: labels tell the groups, and one that none tells is not known", () => {
    const spec = aSpec({ ...drain, targets: [aNodesTarget({ groups: ["typo"] })] });
    expect(needsGroups(spec)).toBe(false);
    const { diagnostics } = resolveTargets(spec, aSnapshot({ nodes: workers }));
    expect(diagnostics).toMatchObject([{ code: "E-GROUP-UNKNOWN", data: { group: "typo" } }]);
  });
});
