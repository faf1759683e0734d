import { describe, expect, it } from "vitest";
import type { HeldLock } from "#executor/held-lock.ts";
import { Recorder } from "#executor/recorder.ts";
import { takeBackCordon } from "#executor/take-back-cordon.ts";
import type { ClusterPort, Journal, NodeWriteAnswer, UncordonRequest } from "#gateway/ports.ts";
import type { CordonMarker, Node, Pod } from "#model/objects.ts";
import type { JournalEntry, RunRecord } from "#model/run.ts";
import { aNode } from "#test/builders/a-node.ts";
import { aPod } from "#test/builders/a-pod.ts";
import { planned } from "#test/builders/planned.ts";
import { doneUpTo, intent, laneStopped, started } from "#test/builders/run-history.ts";
import { VirtualTime } from "#test/builders/virtual-time.ts";

const content = planned();
const LANE = "node/node-1";
function marker(more: Partial<CordonMarker> = {}): CordonMarker {
  return { run: "run-1", wasUnschedulable: false, scaleDownDisabledBefore: { value: null }, ...more };
}

const cordoned = aNode({
  name: "node-1",
  unschedulable: true,
  scaleDownDisabled: "true",
  cordonMarker: marker(),
});

/** One node that answers uncordons as told; its marker goes with the first that takes effect. */
function scene(
  records: readonly RunRecord[],
  node: Node,
  answers: readonly NodeWriteAnswer["kind"][],
  pod?: Pod,
) {
  const time = new VirtualTime();
  const kinds: string[] = [];
  const sent: UncordonRequest[] = [];
  let current: Node | undefined = node;
  const left = [...answers];
  const cluster: Pick<ClusterPort, "readNode" | "readPod" | "uncordon"> = {
    readPod: async () => pod,
    readNode: async () => current,
    uncordon: async (request) => {
      expect(kinds.at(-1)).toBe("StepIntent");
      sent.push(request);
      const kind = left.shift() ?? "done";
      if (kind === "done" || kind === "unknown")
        current = {
          ...node,
          unschedulable: !request.makeSchedulable && node.unschedulable,
          cordonMarker: null,
        };
      return kind === "done"
        ? { kind, node }
        : ({ kind, message: "no", retryAfterSeconds: 1 } as NodeWriteAnswer);
    },
  };
  const journal: Journal = {
    entries: records.map((record, at): JournalEntry => ({ sequence: at + 1, at: "", token: 1, record })),
    append: async (more) => {
      kinds.push(...more.map((record) => record.kind));
      return more.map((record): JournalEntry => ({ sequence: 99, at: "", token: 1, record }));
    },
    close: () => undefined,
  };
  const lock: HeldLock = {
    trouble: () => null,
    kind: "held",
    token: 1,
    others: [],
    announce: async () => undefined,
    writable: async () => true,
    release: async () => undefined,
  };
  const clock = time.clock();
  const run = (): Promise<void> =>
    time.until(
      takeBackCordon(LANE, {
        content,
        run: "run-1",
        recorder: new Recorder({ journal, clock, token: 1, emit: () => undefined }),
        lock,
        cluster: cluster as ClusterPort,
        clock,
        stop: new AbortController().signal,
      }),
    );
  return { run, sent, kinds };
}

const resolved = [started, ...doneUpTo(content, `${LANE}/resolve`), laneStopped(LANE)];

describe("a node that stopped before any of its pods was evicted", () => {
  it("is uncordoned and recorded so, its intent first", async () => {
    const { run, sent, kinds } = scene(resolved, cordoned, []);
    await run();
    expect(sent).toMatchObject([{ node: "node-1", uid: cordoned.uid, makeSchedulable: true }]);
    expect(kinds).toEqual(["StepIntent", "NodeUncordoned"]);
  });

  it("is uncordoned once where the answer was lost", async () => {
    const { run, sent, kinds } = scene(resolved, cordoned, ["unknown"]);
    await run();
    expect(sent).toHaveLength(1);
    expect(kinds.at(-1)).toBe("NodeUncordoned");
  });

  it("is tried again where somebody changed it meanwhile", async () => {
    const { run, sent, kinds } = scene(resolved, cordoned, ["conflict", "conflict"]);
    await run();
    expect(sent).toHaveLength(3);
    expect(kinds.at(-1)).toBe("NodeUncordoned");
  });

  it("stays recorded as cordoned where it may not be uncordoned", async () => {
    const { run, kinds } = scene(resolved, cordoned, ["forbidden"]);
    await run();
    expect(kinds).not.toContain("NodeUncordoned");
  });

  it("keeps somebody else's cordon", async () => {
    const foreign = { ...cordoned, cordonMarker: marker({ wasUnschedulable: true }) };
    const { run, sent } = scene(resolved, foreign, []);
    await run();
    expect(sent).toMatchObject([{ makeSchedulable: false }]);
  });

  it("takes its autoscaler's annotation along, but not one that somebody has set since", async () => {
    const mine = scene(resolved, cordoned, []);
    await mine.run();
    expect(mine.sent).toMatchObject([{ scaleDownDisabled: null }]);
    const theirs = scene(resolved, { ...cordoned, scaleDownDisabled: "until-friday" }, []);
    await theirs.run();
    expect(theirs.sent).toMatchObject([{ scaleDownDisabled: "until-friday" }]);
  });

  it("is left alone where another run, another node or a human has it", async () => {
    for (const node of [
      { ...cordoned, cordonMarker: marker({ run: "run-9" }) },
      { ...cordoned, uid: "another" },
      { ...cordoned, cordonMarker: null },
    ]) {
      const { run, sent } = scene(resolved, node, []);
      await run();
      expect(sent).toEqual([]);
    }
  });

  it("is left alone where nothing was intended on it yet", async () => {
    const { run, sent } = scene([started, laneStopped(LANE)], cordoned, []);
    await run();
    expect(sent).toEqual([]);
  });
});

describe("a node that stopped after an eviction was intended", () => {
  const evict = content.steps.find((step) => step.id === `${LANE}/evict/default/db-0`);
  const begun = evict && intent(evict);
  const records = [...resolved, ...(begun ? [begun] : [])];
  const victim = aPod({ name: "db-0", uid: evict?.kind === "EvictPod" ? evict.target.uid : "" });

  it("stays cordoned where the pod is gone, terminating or another one", async () => {
    const others = [
      undefined,
      { ...victim, deletionAt: "2026-03-02T08:00:00Z" },
      { ...victim, uid: "another" },
    ];
    for (const pod of others) {
      const { run, sent } = scene(records, cordoned, [], pod);
      await run();
      expect(sent).toEqual([]);
    }
  });

  it("is uncordoned where the pod is still there as it was: the server had refused", async () => {
    const { run, sent } = scene(records, cordoned, [], victim);
    await run();
    expect(sent).toHaveLength(1);
  });
});
