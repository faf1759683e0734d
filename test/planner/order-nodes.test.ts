import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Node } from "#model/objects.ts";
import type { NodeOrderKey } from "#model/spec.ts";
import { orderNodes } from "#planner/order-nodes.ts";
import { aGroup } from "#test/builders/a-group.ts";
import { aNode } from "#test/builders/a-node.ts";
import { aPod } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";
import { aNodesTarget } from "#test/builders/a-spec.ts";
import { timeAfter } from "#test/builders/fixed.ts";

const inZone = (name: string, zone: string, age = 0): Node =>
  aNode({ name, zone: `eu-west-1${zone}`, createdAt: timeAfter(-age) });

const a1 = inZone("a1", "a", 10);
const a2 = inZone("a2", "a", 30);
const a3 = inZone("a3", "a", 20);
const b1 = inZone("b1", "b", 5);
const c1 = inZone("c1", "c", 40);
const c2 = inZone("c2", "c", 1);
const nodes = [c2, a3, b1, a1, c1, a2];

const pods = [
  aPod({ name: "p1", nodeName: "a1" }),
  aPod({ name: "p2", nodeName: "a1", phase: "Succeeded" }),
  aPod({ name: "p3", nodeName: "b1" }),
  aPod({ name: "p4", nodeName: "b1" }),
  // these stay on their node, so they do not count
  ...["p5", "p6", "p7"].map((name) =>
    aPod({ name, nodeName: "a2", controller: { kind: "DaemonSet", name: "agent", uid: "agent" } }),
  ),
  aPod({ name: "p8", nodeName: "a2", mirror: true }),
];

function order(keys: readonly NodeOrderKey[], from: readonly Node[] = nodes, names: readonly string[] = []) {
  const groups = [aGroup({ name: "one", nodes: [c2, b1] }), aGroup({ name: "two", nodes: [a1, a2, a3, c1] })];
  const snapshot = aSnapshot({ nodes: from, pods, groups });
  return orderNodes(from, { keys, snapshot, target: aNodesTarget({ names }) })
    .map((node) => node.name)
    .join(" ");
}

describe("the order of nodes", () => {
  it.each([
    [[], "a1 a2 a3 b1 c1 c2"],
    [["name"], "a1 a2 a3 b1 c1 c2"],
    [["oldestFirst"], "c1 a2 a3 a1 b1 c2"],
    [["fewestPods"], "a2 a3 c1 c2 a1 b1"],
    [["zone", "oldestFirst"], "a2 a3 a1 b1 c1 c2"],
    [["group"], "b1 c2 a1 a2 a3 c1"],
    [["zoneRoundRobin"], "a1 b1 c1 a2 c2 a3"],
    [["zoneRoundRobin", "oldestFirst"], "c1 a2 b1 a3 c2 a1"],
    [["zoneRoundRobin", "zone", "oldestFirst"], "a2 b1 c1 a3 c2 a1"],
    [["group", "zoneRoundRobin", "oldestFirst"], "b1 c2 c1 a2 a3 a1"],
  ] satisfies [NodeOrderKey[], string][])("by %j is %s", (keys, expected) => {
    expect(order(keys)).toBe(expected);
  });

  it("by listed is that of the target's names, the others after them", () => {
    expect(order(["listed"], nodes, ["c1", "a3", "b1"])).toBe("c1 a3 b1 a1 a2 c2");
  });

  it("compares ages as instants, not as texts", () => {
    const late = aNode({ name: "x", createdAt: "2026-03-01T12:00:00.500Z" });
    const early = aNode({ name: "y", createdAt: "2026-03-01T12:00:00Z" });
    expect(order(["oldestFirst"], [late, early])).toBe("y x");
  });

  it("is the same from every starting order and loses no node", () => {
    const keys = fc.shuffledSubarray<NodeOrderKey>(
      ["name", "oldestFirst", "fewestPods", "zone", "zoneRoundRobin", "group", "listed"],
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(keys, fc.shuffledSubarray(nodes, { minLength: nodes.length }), (chosen, from) => {
        expect(order(chosen, from)).toBe(order(chosen));
        expect(order(chosen).split(" ").sort()).toEqual(["a1", "a2", "a3", "b1", "c1", "c2"]);
      }),
    );
  });
});
