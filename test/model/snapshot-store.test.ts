import { describe, expect, it } from "vitest";
import type { Pod, Separation } from "#model/objects.ts";
import type { Selector } from "#model/selector.ts";
import { budgetsOf } from "#rules/budgets.ts";
import { isUnplaceable } from "#rules/placement.ts";
import { aBudget } from "#test/builders/a-budget.ts";
import { aNode } from "#test/builders/a-node.ts";
import { aPod } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";

const ZONE = "topology.kubernetes.io/zone";
const HOST = "kubernetes.io/hostname";
const web: Selector = { requirements: [{ key: "app", operator: "In", values: ["web"] }] };
const rule = (kind: Separation["kind"], topologyKey: string, selector = web): Separation => ({
  kind,
  topologyKey,
  selector,
  maxSkew: 1,
});
const node = (name: string, zone: string) => aNode({ name, zone, labels: { [HOST]: name } });
const names = (pods: Iterable<Pod> | undefined) => [...(pods ?? [])].map((pod) => pod.name).sort();

describe("a snapshot's indexes follow its cluster", () => {
  it("finds pods by a label as it is now", () => {
    const snapshot = aSnapshot({ pods: [aPod({ name: "one", uid: "1", labels: { app: "web" } })] });
    const withValue = (value: string) => names(snapshot.podsByLabel("default", "app").get(value)?.values());
    expect(withValue("web")).toEqual(["one"]);
    snapshot.putPod(aPod({ name: "one", uid: "1", labels: { app: "api" } }));
    snapshot.putPod(aPod({ name: "two", uid: "2", labels: { app: "api" } }));
    expect(withValue("web")).toEqual([]);
    expect(withValue("api")).toEqual(["one", "two"]);
    snapshot.removePod("default", "one");
    expect(withValue("api")).toEqual(["two"]);
    expect(names(snapshot.podsByLabel("other", "app").get("api")?.values())).toEqual([]);
  });

  it("finds nodes by a label as it is now", () => {
    const snapshot = aSnapshot({ nodes: [node("node-1", "a"), node("node-2", "a")] });
    const inZone = (zone: string) => [...(snapshot.nodesByLabel(ZONE).get(zone)?.keys() ?? [])];
    snapshot.putNode(node("node-1", "b"));
    expect([inZone("a"), inZone("b")]).toEqual([["node-2"], ["node-1"]]);
    snapshot.removeNode("node-2");
    expect(inZone("a")).toEqual([]);
  });

  it.each<readonly [string, Selector]>([
    ["one value", web],
    ["some values", { requirements: [{ key: "app", operator: "In", values: ["api", "web"] }] }],
    ["everything", { requirements: [] }],
    ["what has not a value", { requirements: [{ key: "app", operator: "NotIn", values: ["api"] }] }],
    ["what has a label", { requirements: [{ key: "app", operator: "Exists" }, ...web.requirements] }],
  ])("finds the budgets over a pod that select %s, until they no longer do", (_what, selector) => {
    const pod = aPod({ labels: { app: "web", tier: "front" } });
    const snapshot = aSnapshot({ pods: [pod], budgets: [aBudget({ name: "guard", selector })] });
    const over = () => budgetsOf(pod, snapshot).map(({ name }) => name);
    expect(over()).toEqual(["guard"]);
    const nothing: Selector = { requirements: [{ key: "app", operator: "In", values: ["batch"] }] };
    snapshot.putBudget(aBudget({ name: "guard", selector: nothing }));
    expect(over()).toEqual([]);
    snapshot.putBudget(aBudget({ name: "guard", selector }));
    expect(over()).toEqual(["guard"]);
    snapshot.removeBudget("default", "guard");
    expect(over()).toEqual([]);
  });
});

describe("a pod's place is judged by the snapshot as it is now", () => {
  const zones = [node("node-1", "a"), node("node-2", "a"), node("node-3", "b")] as const;
  const other = (name: string, nodeName: string) =>
    aPod({ name, uid: name, nodeName, labels: { app: "web" } });

  it("for a spread over zones, when another of its pods comes and goes", () => {
    const pod = aPod({ nodeName: "node-1", labels: { app: "web" }, separations: [rule("spread", ZONE)] });
    const snapshot = aSnapshot({ nodes: zones, pods: [pod, other("b-1", "node-3")] });
    const isStuck = () => isUnplaceable(pod, zones[0], snapshot);
    expect(isStuck()).toBe(false);
    snapshot.removeNode("node-2");
    expect(isStuck()).toBe(true);
    snapshot.removePod("default", "b-1");
    expect(isStuck()).toBe(false);
    snapshot.putPod(other("b-2", "node-3"));
    expect(isStuck()).toBe(true);
  });

  it("for the anti-affinity of others, when they change it", () => {
    const pod = aPod({ nodeName: "node-1", labels: { app: "web" } });
    const [leaving, , free] = zones;
    const snapshot = aSnapshot({ nodes: [leaving, free], pods: [pod] });
    const isStuck = () => isUnplaceable(pod, leaving, snapshot);
    const jealous = { ...other("jealous", "node-3"), labels: { app: "db" } };
    snapshot.putPod({ ...jealous, separations: [rule("spread", ZONE), rule("antiAffinity", HOST)] });
    expect(isStuck()).toBe(true);
    snapshot.putPod({ ...jealous, separations: [rule("spread", ZONE)] });
    expect(isStuck()).toBe(false);
  });
});
