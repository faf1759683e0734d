import { describe, expect, it } from "vitest";
import type { Node, Pod, Separation } from "#model/objects.ts";
import { isUnplaceable } from "#rules/placement.ts";
import { aZonalClaim } from "#test/builders/a-group.ts";
import { aNode } from "#test/builders/a-node.ts";
import { aPod } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";
import { timeAfter } from "#test/builders/fixed.ts";

const leaving = aNode({ name: "node-1", zone: "eu-west-1a" });

function hasPlace(pod: Pod, others: readonly Node[], pods: readonly Pod[] = []): boolean {
  const snapshot = aSnapshot({
    nodes: [leaving, ...others],
    pods: [pod, ...pods],
    claims: [aZonalClaim("eu-west-1a")],
  });
  return !isUnplaceable(pod, leaving, snapshot);
}

const apart = (topologyKey: string, kind: Separation["kind"] = "antiAffinity"): Separation => ({
  kind,
  topologyKey,
  selector: { requirements: [{ key: "app", operator: "In", values: ["web"] }] },
  maxSkew: 1,
});

const HOST = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";

describe("a pod has a place elsewhere", () => {
  it("on any open node where it asks for nothing", () => {
    expect(hasPlace(aPod(), [aNode({ name: "node-2" })])).toBe(true);
  });

  it.each([
    ["there is none", []],
    ["it is cordoned", [aNode({ name: "node-2", unschedulable: true })]],
    ["it is not Ready", [aNode({ name: "node-2", ready: "Unknown" })]],
    ["it is being deleted", [aNode({ name: "node-2", terminating: true })]],
  ])("not where the other node is not open: %s", (_why, others) => {
    expect(hasPlace(aPod(), others)).toBe(false);
  });

  it("only on nodes with the labels of its nodeSelector", () => {
    const pod = aPod({ nodeSelector: { disk: "ssd" } });
    expect(hasPlace(pod, [aNode({ name: "node-2" })])).toBe(false);
    expect(hasPlace(pod, [aNode({ name: "node-2", labels: { disk: "ssd" } })])).toBe(true);
  });

  it("by any one of the alternatives of its required affinity", () => {
    const inZone = (zone: string) => ({
      labels: { requirements: [{ key: ZONE, operator: "In" as const, values: [zone] }] },
      nodeNames: null,
    });
    const pod = aPod({ nodeAffinity: [inZone("eu-west-1a"), inZone("eu-west-1b")] });
    expect(hasPlace(pod, [aNode({ name: "node-2", zone: "eu-west-1b" })])).toBe(true);
    expect(hasPlace(pod, [aNode({ name: "node-2", zone: "eu-west-1c" })])).toBe(false);
  });

  it("not by an affinity that names other nodes, nor by one that asks nothing", () => {
    const none = { requirements: [] };
    const other = [aNode({ name: "node-2" })];
    expect(hasPlace(aPod({ nodeAffinity: [{ labels: none, nodeNames: ["node-1"] }] }), other)).toBe(false);
    expect(hasPlace(aPod({ nodeAffinity: [{ labels: none, nodeNames: ["node-2"] }] }), other)).toBe(true);
    expect(hasPlace(aPod({ nodeAffinity: [{ labels: none, nodeNames: null }] }), other)).toBe(false);
  });

  it("only in the zone of its volume", () => {
    const pod = aPod({ claims: ["data"] });
    expect(hasPlace(pod, [aNode({ name: "node-2", zone: "eu-west-1b" })])).toBe(false);
    expect(hasPlace(pod, [aNode({ name: "node-2", zone: "eu-west-1a" })])).toBe(true);
  });

  it("on a tainted node only where it tolerates the taint; PreferNoSchedule does not count", () => {
    const tainted = (effect: string) => [
      aNode({ name: "node-2", taints: [{ key: "gpu", value: "yes", effect }] }),
    ];
    const toleration = { key: "gpu", operator: "Equal", value: "yes", effect: "" } as const;
    expect(hasPlace(aPod(), tainted("NoSchedule"))).toBe(false);
    expect(hasPlace(aPod(), tainted("NoExecute"))).toBe(false);
    expect(hasPlace(aPod(), tainted("PreferNoSchedule"))).toBe(true);
    expect(hasPlace(aPod({ tolerations: [toleration] }), tainted("NoSchedule"))).toBe(true);
    expect(hasPlace(aPod({ tolerations: [{ ...toleration, value: "no" }] }), tainted("NoSchedule"))).toBe(
      false,
    );
    const everything = { key: "", operator: "Exists", value: "", effect: "" } as const;
    expect(hasPlace(aPod({ tolerations: [everything] }), tainted("NoExecute"))).toBe(true);
  });
});

describe("required anti-affinity", () => {
  const web = (name: string, nodeName: string, fields: Partial<Pod> = {}) =>
    aPod({ name, nodeName, labels: { app: "web" }, separations: [apart(HOST)], ...fields });
  const node2 = aNode({ name: "node-2", zone: "eu-west-1b" });
  const node3 = aNode({ name: "node-3", zone: "eu-west-1b" });

  it("leaves no place where every other node has a replica", () => {
    const others = [web("web-2", "node-2"), web("web-3", "node-3")];
    expect(hasPlace(web("web-1", "node-1"), [node2, node3], others)).toBe(false);
    expect(hasPlace(web("web-1", "node-1"), [node2, node3], others.slice(1))).toBe(true);
  });

  it("does not count replicas that are going or have finished", () => {
    const pod = web("web-1", "node-1");
    expect(hasPlace(pod, [node2], [web("web-2", "node-2", { deletionAt: timeAfter(9) })])).toBe(true);
    expect(hasPlace(pod, [node2], [web("web-2", "node-2", { phase: "Succeeded" })])).toBe(true);
  });

  it("by zone closes the whole zone", () => {
    const pod = web("web-1", "node-1", { separations: [apart(ZONE)] });
    expect(hasPlace(pod, [node2, node3], [web("web-2", "node-2", { separations: [] })])).toBe(false);
  });

  it("of the pods already there counts too", () => {
    const pod = aPod({ name: "web-1", labels: { app: "web" } });
    expect(hasPlace(pod, [node2], [web("web-2", "node-2")])).toBe(false);
  });

  it("does not reach into another namespace", () => {
    const pod = web("web-1", "node-1");
    expect(hasPlace(pod, [node2], [web("web-2", "node-2", { namespace: "other" })])).toBe(true);
  });
});

describe("DoNotSchedule spread", () => {
  const web = (name: string, nodeName: string) =>
    aPod({ name, nodeName, labels: { app: "web" }, separations: [apart(HOST, "spread")] });
  const others = [aNode({ name: "node-2" }), aNode({ name: "node-3" })];

  it("with one replica a node leaves no place: the emptied node keeps counting as empty", () => {
    expect(hasPlace(web("web-1", "node-1"), others, [web("web-2", "node-2"), web("web-3", "node-3")])).toBe(
      false,
    );
  });

  it("leaves a place on a node that is as empty", () => {
    expect(hasPlace(web("web-1", "node-1"), others, [web("web-2", "node-2")])).toBe(true);
  });

  it("counts only nodes that the pod's nodeSelector matches", () => {
    const pool = { labels: { pool: "web" } };
    const pod = { ...web("web-1", "node-1"), nodeSelector: { pool: "web" } };
    const pooled = [aNode({ name: "node-2", ...pool }), aNode({ name: "node-3", ...pool })];
    expect(hasPlace(pod, pooled, [web("web-2", "node-2"), web("web-3", "node-3")])).toBe(true);
  });

  it("does not take a node without the topology's label", () => {
    const bare = { ...aNode({ name: "node-2" }), labels: {} };
    expect(hasPlace(web("web-1", "node-1"), [bare])).toBe(false);
  });
});
