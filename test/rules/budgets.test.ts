import { describe, expect, it } from "vitest";
import { budgetsOf, countsAgainst, neverAllows } from "#rules/budgets.ts";
import { aBudget } from "#test/builders/a-budget.ts";
import { aPod } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";

describe("the budgets of a pod", () => {
  it("are those of its namespace that select it, the empty selector selecting all, by name", () => {
    const budgets = [
      aBudget(),
      aBudget({ name: "all", selector: { requirements: [] } }),
      aBudget({ name: "db" }),
      aBudget({ name: "all", namespace: "other", selector: { requirements: [] } }),
    ];
    const names = budgetsOf(aPod({ labels: { app: "web" } }), aSnapshot({ budgets })).map(
      (each) => each.name,
    );
    expect(names).toEqual(["all", "web"]);
  });
});

describe("a budget never allows a disruption", () => {
  const tight = { disruptionsAllowed: 0, desiredHealthy: 3 };

  it("where it wants every pod there is, healthy or not at the moment", () => {
    expect(neverAllows(aBudget(tight))).toBe(true);
    expect(neverAllows(aBudget({ ...tight, currentHealthy: 1 }))).toBe(true);
  });

  it("where its controller cannot count the pods", () => {
    const condition = { reason: "SyncFailed", message: "no scale subresource" };
    expect(neverAllows(aBudget({ disruptionsAllowed: 0, condition }))).toBe(true);
  });

  it("but may do so again where it allows nothing only now", () => {
    expect(neverAllows(aBudget({ disruptionsAllowed: 0, currentHealthy: 2 }))).toBe(false);
  });

  it("and is not judged right after an eviction, which lowers what is allowed before the counts follow", () => {
    expect(neverAllows(aBudget({ disruptionsAllowed: 0, currentHealthy: 3, disruptedPods: ["web-1"] }))).toBe(
      false,
    );
  });

  it("and is not judged by a status that is out of date", () => {
    expect(neverAllows(aBudget({ ...tight, generation: 2 }))).toBe(false);
  });

  it("and is not judged without pods to count", () => {
    expect(neverAllows(aBudget({ ...tight, desiredHealthy: 0, currentHealthy: 0, expectedPods: 0 }))).toBe(
      false,
    );
  });
});

describe("an eviction counts against a budget", () => {
  const unready = aPod({ ready: false });

  it("always where the pod is Ready", () => {
    expect(countsAgainst(aBudget({ unhealthyPodEvictionPolicy: "AlwaysAllow" }), aPod())).toBe(true);
  });

  it("never while the pod is Pending", () => {
    expect(countsAgainst(aBudget(), aPod({ phase: "Pending", ready: false }))).toBe(false);
  });

  it.each([
    ["AlwaysAllow", 0, false],
    ["IfHealthyBudget", 2, false],
    ["IfHealthyBudget", 1, true],
    ["", 1, true],
    ["SomethingNew", 3, true],
  ])(
    "by the policy %s with %i of 2 healthy where the pod is not Ready: %s",
    (policy, currentHealthy, counts) => {
      const budget = aBudget({ unhealthyPodEvictionPolicy: policy, currentHealthy });
      expect(countsAgainst(budget, unready)).toBe(counts);
    },
  );
});
