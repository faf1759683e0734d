import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyRecord } from "#executor/apply-record.ts";
import { cordonedNodes, isSettled, NEW_RUN, type RunState, stepsOfLane } from "#executor/run-state.ts";
import type { RunRecord } from "#model/run.ts";
import { planned } from "#test/builders/planned.ts";
import {
  discovered,
  doneUpTo,
  fold,
  intent,
  laneStopped,
  result,
  resumed,
  started,
  uncordoned,
} from "#test/builders/run-history.ts";
import { everyKindOfIntent, everyKindOfRecord } from "#test/builders/run-records.ts";

const content = planned();
const LANE = "node/node-1";
const ids = (state: RunState): readonly string[] => stepsOfLane(content, state, LANE).map((step) => step.id);

describe("the phase of a run", () => {
  const stopped: RunRecord = { kind: "RunStopped", code: "E-SIGNAL", message: "SIGTERM", exit: 4 };
  it("follows its records", () => {
    const phase = (...records: RunRecord[]): string => fold(records).phase;
    expect(phase()).toBe("new");
    expect(phase(started)).toBe("running");
    expect(phase(started, stopped)).toBe("stopped");
    expect(phase(started, stopped, resumed)).toBe("running");
    expect(phase(started, { kind: "RunFinished", exit: 0 })).toBe("finished");
    expect(phase(started, stopped, { kind: "AbortStarted", host: "h", pid: 1 })).toBe("aborting");
    expect(phase(started, { kind: "RunAborted", undone: [], left: [] })).toBe("aborted");
  });

  it("remembers why it stopped until it goes on", () => {
    expect(fold([started, stopped]).stop).toEqual({ code: "E-SIGNAL", message: "SIGTERM", exit: 4 });
    expect(fold([started, stopped, resumed]).stop).toBeNull();
  });
});

describe("a step", () => {
  it("keeps its intent when it has its result", () => {
    const state = fold([started, ...doneUpTo(content, `${LANE}/cordon`)]);
    expect(isSettled(state, `${LANE}/cordon`)).toBe(true);
    expect(state.intents.get(`${LANE}/cordon`)).toMatchObject({ kind: "CordonNode" });
  });

  it("that failed is not settled, and is open again once the run is taken up", () => {
    const state = fold([started, result("a", "failed"), result("b", "satisfied")]);
    expect(isSettled(state, "a")).toBe(false);
    expect(fold([resumed], state).results.has("a")).toBe(false);
    expect(isSettled(fold([resumed], state), "b")).toBe(true);
  });

  it("of a discovered pod takes its place before the planned pod that it precedes", () => {
    const evict = `${LANE}/evict/default/web-55d9-1`;
    const state = fold([started, discovered(LANE, evict), discovered(LANE, evict, "web-later")]);
    const order = ids(state).map((id) => id.replace(/@.*/, ""));
    expect(order.slice(order.indexOf(`${LANE}/evict/default/web-late`)).slice(0, 5)).toEqual([
      `${LANE}/evict/default/web-late`,
      `${LANE}/await/default/web-late`,
      `${LANE}/evict/default/web-later`,
      `${LANE}/await/default/web-later`,
      evict,
    ]);
  });

  it("of a discovered pod may come before that of another discovered one, or last", () => {
    const state = fold([started, discovered(LANE, null)]);
    const late = ids(state).find((id) => id.includes("evict/default/web-late")) ?? "";
    expect(
      ids(state)
        .slice(-2)
        .map((id) => id.replace(/@.*/, "")),
    ).toEqual([`${LANE}/evict/default/web-late`, `${LANE}/await/default/web-late`]);
    const more = fold([discovered(LANE, late, "web-earlier")], state);
    expect(ids(more).slice(-4)[0]).toContain("web-earlier");
  });
});

describe("a node whose cordon was taken back", () => {
  const history = [started, ...doneUpTo(content, `${LANE}/resolve`), laneStopped(LANE)];
  it("is as if it had not begun, and counts as cordoned no more", () => {
    expect(cordonedNodes(content, fold(history))).toEqual(["node-1"]);
    const state = fold([...history, uncordoned(LANE)]);
    expect(cordonedNodes(content, state)).toEqual([]);
    expect(isSettled(state, `${LANE}/cordon`)).toBe(false);
    expect(isSettled(state, `${LANE}/resolve`)).toBe(false);
    expect(state.intents.size).toBe(0);
    expect(state.stoppedLanes.has(LANE)).toBe(true);
    expect(fold([resumed], state).stoppedLanes.size).toBe(0);
  });

  it("keeps what is known of its pods", () => {
    const state = fold([...history, discovered(LANE, null), result("x", "satisfied"), uncordoned(LANE)]);
    expect(state.discovered.get(LANE)).toHaveLength(1);
    expect(isSettled(state, "x")).toBe(true);
  });
});

describe("nodes that a run has cordoned", () => {
  it("are those with a result, or an intent that nothing has settled", () => {
    const cordon = content.steps.find((step) => step.id === `${LANE}/cordon`);
    const doubt = cordon && intent(cordon);
    if (!doubt) throw new Error("no intent");
    expect(cordonedNodes(content, fold([started, doubt]))).toEqual(["node-1"]);
    expect(cordonedNodes(content, fold([started, doubt, result(`${LANE}/cordon`, "satisfied")]))).toEqual([]);
    const gone = doneUpTo(content, `${LANE}/gone`);
    expect(cordonedNodes(content, fold([started, ...gone]))).toEqual([]);
  });
});

/** A copy that shares nothing with the state. */
const plain = ({ intents, results, ...rest }: RunState) =>
  structuredClone({ ...rest, intents: new Map(intents), results: new Map(results) });

describe("the fold", () => {
  const records = fc.constantFrom<RunRecord>(
    ...everyKindOfRecord("sha256:test"),
    ...everyKindOfIntent(),
    ...doneUpTo(content, `${LANE}/new-node`),
    discovered(LANE, null),
    laneStopped(LANE),
    uncordoned(LANE),
  );

  it("of any beginning and then the rest is the fold of all, and changes no state that somebody holds", () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 30 }), fc.nat(), (history, cut) => {
        const at = history.length === 0 ? 0 : cut % history.length;
        const beginning = fold(history.slice(0, at));
        const seen = plain(beginning);
        expect(fold(history.slice(at), beginning)).toEqual(fold(history));
        expect(plain(beginning)).toEqual(seen);
        expect(NEW_RUN.results.size + NEW_RUN.intents.size + NEW_RUN.discovered.size).toBe(0);
      }),
    );
  });

  it("does not throw on any record after any other", () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 30 }), (history) => {
        let state = NEW_RUN;
        for (const record of history) state = applyRecord(state, record);
        for (const lane of content.lanes) stepsOfLane(content, state, lane.id);
      }),
    );
  });
});
