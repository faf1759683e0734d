import { describe, expect, it } from "vitest";
import type { BudgetState, PodState, Timeline, TimelineEvent } from "#test/e2e/harness/timeline.ts";
import { limitOf } from "../../bench/drain-limit.ts";

/** Events in the order of their time; a second is a thousand. */
function aTimeline(events: readonly Omit<TimelineEvent, "revision">[]): Timeline {
  const ordered = [...events].sort((a, b) => a.at - b.at);
  return { startRevision: 0, events: ordered.map((event, index) => ({ ...event, revision: index + 1 })) };
}

function aPodState(name: string, owner: string, state: Partial<PodState> = {}): PodState {
  return {
    kind: "Pod",
    namespace: "default",
    name,
    uid: `uid-${name}`,
    node: "node-1",
    owner,
    labels: { app: owner.includes("web") ? "web" : "db" },
    ready: false,
    terminating: false,
    ...state,
  };
}

const changed = (at: number, state: TimelineEvent["state"]) => ({ at, change: "modified" as const, state });
const deleted = (at: number, state: TimelineEvent["state"]) => ({ at, change: "deleted" as const, state });
const evicted = (name: string, at: number) => ({
  user: "dextre",
  namespace: "default",
  name,
  uid: `uid-${name}`,
  code: 201,
  at,
});

const WEB = "Deployment default/web";
const DB = "StatefulSet default/db";
const aWebBudget = (disruptionsAllowed: number): BudgetState => ({
  kind: "Budget",
  namespace: "default",
  name: "web",
  uid: "budget",
  selector: { matchLabels: { app: "web" } },
  desiredHealthy: 1,
  disruptionsAllowed,
});

describe("the limit of a drain", () => {
  it("is the ready path of each, and the budget's lag where the next pod is under the same one", () => {
    const timeline = aTimeline([
      changed(0, aPodState("web-1", WEB, { ready: true })),
      changed(0, aPodState("web-2", WEB, { ready: true })),
      changed(500, aWebBudget(1)),
      changed(1_000, aPodState("web-1", WEB, { terminating: true })),
      changed(1_010, aWebBudget(0)),
      changed(4_000, aPodState("web-3", WEB, { ready: true })),
      changed(4_400, aWebBudget(1)),
      changed(5_000, aPodState("web-2", WEB, { terminating: true })),
      changed(8_500, aPodState("web-4", WEB, { ready: true })),
    ]);
    const limit = limitOf([evicted("web-1", 990), evicted("web-2", 4_990)], timeline);
    expect(limit.pods).toEqual([
      { name: "default/web-1", stop: null, readyPath: 3, budgetLag: 0.4, limit: 3.4, spent: 4 },
      { name: "default/web-2", stop: null, readyPath: 3.5, budgetLag: null, limit: 3.5, spent: 3.5 },
    ]);
    expect(limit.seconds).toBeCloseTo(6.9);
    expect(limit.lastReadyAt).toBe(8_500);
  });

  it("counts the stop of a StatefulSet's pod, whose successor comes only then", () => {
    const timeline = aTimeline([
      changed(0, aPodState("db-0", DB, { ready: true })),
      changed(1_000, aPodState("db-0", DB, { terminating: true })),
      deleted(3_000, aPodState("db-0", DB, { terminating: true })),
      changed(6_000, aPodState("db-0", DB, { uid: "uid-new", ready: true })),
    ]);
    expect(limitOf([evicted("db-0", 990)], timeline).pods).toEqual([
      { name: "default/db-0", stop: 2, readyPath: 3, budgetLag: null, limit: 5, spent: 5 },
    ]);
  });

  it("is not told where a replacement was never Ready", () => {
    const timeline = aTimeline([changed(1_000, aPodState("web-1", WEB, { terminating: true }))]);
    expect(() => limitOf([evicted("web-1", 990)], timeline)).toThrow("replacement was never Ready");
  });
});
