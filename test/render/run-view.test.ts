import { describe, expect, test } from "vitest";
import type { RunEvent } from "#model/run.ts";
import { liveFrame } from "#render/live-frame.ts";
import { heartbeatLine, logLines } from "#render/log-lines.ts";
import { paintAll } from "#render/palette.ts";
import { runReport } from "#render/run-report.ts";
import { beginRunView, type RunView, viewRun } from "#render/run-view.ts";
import { FIXED_MILLISECONDS } from "#test/builders/fixed.ts";
import { aRollingPlan } from "./a-rolling-plan.ts";
import { MIDWAY, recorded, settled, started } from "./run-events.ts";

const millisecondsAt = (seconds: number): number => FIXED_MILLISECONDS + seconds * 1000;
const fold = (events: readonly RunEvent[]): RunView => events.reduce(viewRun, beginRunView(aRollingPlan()));

describe("the view of a run", () => {
  test("shows each pod of the node at hand in one row, with what it waits for", () => {
    expect(
      paintAll(liveFrame(fold(MIDWAY), millisecondsAt(21), { rows: 40, columns: 100 }), "none"),
    ).toMatchInlineSnapshot(`
      "workers-1-36  node 1 of 2  pod 2 of 7   00:00:21

        ip-10-0-1-4   ███░░░░░░░░░  draining
           ✓ default/api-1          replaced by api-2 on ip-10-0-2-4 in 4 s
           ◌ default/db-0           its replacement db-0 is Pending: 0/3 nodes are available: 3
                                    Insufficient cpu — for 12 s, gives up in 9 m 46 s
           · default/web-1
           · default/web-2
           · kube-system/coredns-1
      "
    `);
  });

  test("counts its time from the run's beginning, and none before", () => {
    const lines = liveFrame(fold([]), millisecondsAt(21), { rows: 6, columns: 100 });
    expect(paintAll(lines, "none")).toMatch(/^workers-1-36 {2}node 1 of 2 {2}pod 1 of 7 {3}00:00:00$/m);
  });

  test("keeps what is under way in sight on a small screen", () => {
    const lines = liveFrame(fold(MIDWAY), millisecondsAt(21), { rows: 6, columns: 100 });
    expect(lines).toHaveLength(6);
    expect(paintAll(lines, "none")).toContain("Insufficient cpu");
  });

  test("becomes one line a change in a log", () => {
    let view = beginRunView(aRollingPlan());
    let text = "";
    for (const event of MIDWAY) {
      view = viewRun(view, event);
      text += paintAll(logLines(view, event), "none");
    }
    expect(text).toMatchInlineSnapshot(`
      "2026-03-01T12:00:00Z  run 01J9RUN begins: workers-1-36 sha256:1f0c
      2026-03-01T12:00:01Z  ✓ cordon             ip-10-0-1-4  done in 1 s
      2026-03-01T12:00:01Z  ✓ resolve pods       ip-10-0-1-4  done
      2026-03-01T12:00:02Z  ✓ evict              default/api-1  done
      2026-03-01T12:00:06Z  ✓ await replacement  default/api-1  replaced by api-2 on ip-10-0-2-4 in 4 s
      2026-03-01T12:00:07Z  ✓ evict              default/db-0  done in 1 s
      2026-03-01T12:00:09Z  ◌ await replacement  default/db-0  its replacement db-0 is Pending: 0/3 nodes are available: 3 Insufficient cpu.
      "
    `);
  });

  test("says in its heartbeat how far it is, what it waits for and how long that may take", () => {
    expect(paintAll([heartbeatLine(fold(MIDWAY), millisecondsAt(37))], "none")).toMatchInlineSnapshot(`
      "2026-03-01T12:00:37Z  … 0 of 2 nodes · 1 of 7 pods · await replacement default/db-0: its replacement db-0 is Pending: 0/3 nodes are available: 3 Insufficient cpu — for 28 s, gives up in 9 m 30 s
      "
    `);
  });

  test("says in its heartbeat that the last available pod of a workload is not evicted, and until when it waits", () => {
    const step = "node/ip-10-0-1-4/evict/default/web-1";
    const message = "web-1 is the last available pod of Deployment web, which wants 2";
    const at = new Date(millisecondsAt(30)).toISOString();
    const waiting: RunEvent = { kind: "StepWaiting", step, at, reason: { code: "N-OWN-FLOOR", message } };
    const moved = settled(29, "node/ip-10-0-1-4/await/default/db-0");
    const view = fold([...MIDWAY, moved, started(30, step), waiting]);
    expect(paintAll([heartbeatLine(view, millisecondsAt(60))], "none")).toContain(
      `evict default/web-1: ${message} — for 30 s, gives up in 9 m 30 s`,
    );
  });

  test("counts a wait from its first reason of a kind, not from its last wording", () => {
    const again: RunEvent = {
      kind: "StepWaiting",
      step: "node/ip-10-0-1-4/await/default/db-0",
      at: new Date(millisecondsAt(30)).toISOString(),
      reason: { code: "N-REPLACEMENT-PENDING", message: "its replacement is Pending: 2 Insufficient cpu." },
    };
    const text = paintAll(
      liveFrame(fold([...MIDWAY, again]), millisecondsAt(39), { rows: 40, columns: 100 }),
      "none",
    );
    expect(text).toContain("2 Insufficient cpu — for 30 s");
  });

  test("forecasts no end while it waits for something that somebody may have to mend", () => {
    const step = "node/ip-10-0-1-4/await/default/db-0";
    const waitingFor = (code: "N-REPLACEMENT-NOT-READY" | "N-REPLACEMENT-CRASHES"): string => {
      const at = new Date(millisecondsAt(30)).toISOString();
      const event: RunEvent = { kind: "StepWaiting", step, at, reason: { code, message: "not yet" } };
      return paintAll([heartbeatLine(fold([...MIDWAY, event]), millisecondsAt(31))], "none");
    };
    expect(waitingFor("N-REPLACEMENT-NOT-READY")).toContain(" · about 2 m left");
    expect(waitingFor("N-REPLACEMENT-CRASHES")).not.toContain("left");
  });

  test("says once in a log why it stopped", () => {
    const step = "node/ip-10-0-1-4/await/default/db-0";
    const message = "no replacement for default/db-0 within 10 m";
    const failed = settled(40, step, { outcome: "failed", code: "E-REPLACEMENT-TIMEOUT", message });
    const stop = recorded(41, { kind: "RunStopped", code: "E-REPLACEMENT-TIMEOUT", message, exit: 5 });
    expect(paintAll(logLines(fold([...MIDWAY, failed, stop]), stop), "none")).toBe(
      "2026-03-01T12:00:41Z  ✗ the run stops E-REPLACEMENT-TIMEOUT\n",
    );
  });

  test("puts a discovered pod where the plan's order puts it", () => {
    const [evict, wait] = aRollingPlan().content.steps.filter(
      (step) =>
        step.lane === "node/ip-10-0-2-4" && (step.kind === "EvictPod" || step.kind === "AwaitReplacement"),
    );
    if (evict?.kind !== "EvictPod" || wait?.kind !== "AwaitReplacement")
      throw new Error("the plan has changed");
    const lane = "node/ip-10-0-1-4";
    const target = { ...evict.target, name: "late", uid: "late" };
    const discovered = recorded(2, {
      kind: "PodDiscovered",
      lane,
      before: `${lane}/evict/default/web-1`,
      steps: [
        { ...evict, id: `${lane}/evict/default/late@12345678`, lane, target },
        { ...wait, id: `${lane}/await/default/late@12345678`, lane, target },
      ],
    });
    const view = fold([...MIDWAY, discovered, started(8, `${lane}/evict/default/late@12345678`)]);
    const names = view.lanes[0]?.steps.flatMap(({ step }) =>
      step.kind === "EvictPod" ? [step.target.name] : [],
    );
    expect(names).toEqual(["api-1", "db-0", "late", "web-1", "web-2", "coredns-1"]);
  });

  test("leaves the view before an event as it was", () => {
    const before = fold(MIDWAY);
    const kept = structuredClone(before.lanes);
    viewRun(before, settled(40, "node/ip-10-0-1-4/await/default/db-0"));
    expect(before.lanes).toEqual(kept);
  });

  test("a resume forgets why nodes had stopped: they are under way again, and the report tells what is so now", () => {
    const lanes = ["node/ip-10-0-1-4", "node/ip-10-0-2-4"];
    const message = "budget default/db never allows a disruption now";
    const cordon = "node/ip-10-0-2-4/cordon";
    const stopped = [
      ...MIDWAY,
      settled(22, "node/ip-10-0-1-4/await/default/db-0", { outcome: "failed", message }),
      ...lanes.map((lane) =>
        recorded(23, { kind: "LaneStopped", lane, code: "D-BUDGET-TIGHTENED", message }),
      ),
    ];
    expect(paintAll(runReport(fold(stopped)), "none")).toContain(
      `✗ ip-10-0-2-4  0 pods evicted · ${message}`,
    );
    const resumed = fold([
      ...stopped,
      recorded(30, { kind: "RunResumed", host: "laptop", pid: 8, dextreVersion: "0.1.0" }),
    ]);
    expect(paintAll(runReport(resumed), "none")).toContain(
      "\n  · ip-10-0-1-4  2 pods evicted\n  · ip-10-0-2-4  not begun\n",
    );
    const frame = liveFrame(viewRun(resumed, started(31, cordon)), millisecondsAt(32), {
      rows: 40,
      columns: 100,
    });
    expect(paintAll(frame, "none")).toContain("node 1 of 2");
  });

  test.each(["R-POD-GONE", "R-POD-MOVED", "R-POD-RENEWED", "R-FINISHED-POD"] as const)(
    "gives no tick to the await of a pod that needed no eviction: %s",
    (code) => {
      const event = settled(22, "node/ip-10-0-1-4/await/default/db-0", {
        outcome: "satisfied",
        code,
        message: "gone",
      });
      const view = viewRun(fold(MIDWAY), event);
      expect(paintAll(logLines(view, event), "none")).toMatch(
        /Z {2}– await replacement {2}default\/db-0 {2}gone/,
      );
    },
  );

  test("does not count the time between a stop and its resume, nor forecasts by it", () => {
    const anHour = 3600;
    const stop = recorded(24, { kind: "RunStopped", code: "E-SIGNAL", message: "stopped", exit: 4 });
    const resume = recorded(24 + anHour, {
      kind: "RunResumed",
      host: "laptop",
      pid: 8,
      dextreVersion: "0.1.0",
    });
    const view = fold([...MIDWAY, stop, resume]);
    const frame = liveFrame(view, millisecondsAt(30 + anHour), { rows: 40, columns: 100 });
    expect(paintAll(frame, "none")).toMatch(/^workers-1-36 .* 00:00:30/);
    expect(paintAll(runReport(view), "none")).toContain("Run 01J9RUN of workers-1-36: 24 s, resumed once\n");
  });

  test("counts the nodes that were not begun where they are many, and names the next", () => {
    const view = fold(MIDWAY);
    const [begun, waiting] = view.lanes;
    if (!begun || !waiting) throw new Error("the plan has changed");
    const text = paintAll(runReport({ ...view, lanes: [begun, ...Array(300).fill(waiting)] }), "none");
    expect(text.split("\n").slice(2)).toEqual([
      "  · ip-10-0-1-4  2 pods evicted",
      "  · ip-10-0-2-4  not begun, and so are 299 more",
      "",
    ]);
  });

  test("reports what was done, not what was planned", () => {
    expect(paintAll(runReport(fold(MIDWAY)), "none")).toMatchInlineSnapshot(`
      "Run 01J9RUN of workers-1-36: 9 s
        2 pods evicted
        · ip-10-0-1-4  2 pods evicted
        · ip-10-0-2-4  not begun
      "
    `);
  });
});
