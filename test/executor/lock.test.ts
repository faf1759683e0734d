import { describe, expect, it } from "vitest";
import { acquireLock } from "#executor/lock.ts";
import { BrokenInvariant } from "#executor/step-context.ts";
import { FIXED_TIME } from "#test/builders/fixed.ts";
import { begin, NEVER, Universe } from "./lock-universe.ts";

describe("who gets the lock", () => {
  it("gives it to one of two that start at once and names the other one's run, host, pid and since when", async () => {
    const universe = begin();
    const both = Promise.all([
      acquireLock(universe.options({ run: "run-1", host: "ci-1", pid: 100 })),
      acquireLock(universe.options({ run: "run-2", host: "ci-2", pid: 200, nodes: ["node-9"] })),
    ]);
    const locks = await universe.time.until(both);
    expect(locks.map((lock) => lock.kind).sort()).toEqual(["held", "refused"]);
    const refusal = locks.find((lock) => lock.kind === "refused");
    expect(refusal).toMatchObject({ code: "E-LOCKED", exit: 7 });
    expect(refusal?.kind === "refused" && refusal.message).toMatch(
      /run run-1 is under way on host ci-1 \(pid 100\).*last seen alive 2026-03-01T12:00:\d\dZ; wait for it, or stop it there: Ctrl-C, or kill -INT 100$/,
    );
  });

  it("refuses at once on the same host while the holder's process lives and renews", async () => {
    const universe = begin();
    await universe.hold({ pid: 100 });
    const before = universe.time.elapsedSeconds;
    const second = await universe.acquire({ run: "run-2", pid: 101, alive: () => true, nodes: ["node-9"] });
    expect(second).toMatchObject({ kind: "refused", code: "E-LOCKED", exit: 7 });
    expect(second.kind === "refused" && second.message).toContain(`since ${FIXED_TIME}`);
    expect(universe.time.elapsedSeconds - before).toBeLessThan(1);
  });

  it("takes it at once from a process of this host that is gone", async () => {
    const universe = begin();
    await universe.leaveBehind({ pid: 100 });
    const lock = await universe.acquire({ run: "run-1", pid: 101, alive: (pid) => pid !== 100 });
    expect(lock).toMatchObject({ kind: "held" });
    expect(universe.time.elapsedSeconds).toBeLessThan(1);
  });

  it("refuses beside a live one of the same host name and pid, even for the same run", async () => {
    const universe = new Universe();
    await universe.hold();
    const other = await universe.acquire({ nonce: "another process" });
    expect(other).toMatchObject({ kind: "refused", exit: 7, code: "E-LOCKED" });
  });

  it("does not believe its own processes about a machine that only has the same name", async () => {
    const universe = new Universe();
    const lock = await universe.hold({ host: "localhost", pid: 7 });
    const other = await universe.acquire({
      host: "localhost",
      machine: "another machine",
      pid: 8,
      run: "run-2",
      alive: () => false,
    });
    expect(other).toMatchObject({ kind: "refused", code: "E-LOCKED" });
    await lock.release(true);
  });

  it("takes it from a holder elsewhere that does not renew, after its full duration on our own clock and not earlier", async () => {
    const universe = begin();
    await universe.leaveBehind({ host: "ci-9" });
    await universe.time.pass(300);
    const start = universe.time.elapsedSeconds;
    const lock = await universe.acquire({ run: "run-2", nodes: ["node-9"] });
    expect(lock.kind).toBe("held");
    expect(universe.time.elapsedSeconds - start).toBeGreaterThanOrEqual(60);
    expect(universe.time.elapsedSeconds - start).toBeLessThan(65);
    expect(universe.notices).toEqual([
      "run run-1 on host ci-9 holds the lock; watching for up to 60 s whether it is alive",
    ]);
  });

  it("is not misled by a host whose date is an hour off", async () => {
    for (const wallOffset of [-3_600_000, 3_600_000]) {
      const universe = begin();
      await universe.hold({ host: "ci-9" });
      const second = await universe.acquire({ run: "run-2", nodes: ["node-9"], wallOffset });
      expect(second).toMatchObject({ kind: "refused", code: "E-LOCKED" });
    }
  });

  it("refuses once it has seen the holder elsewhere renew", async () => {
    const universe = begin();
    await universe.hold({ host: "ci-9" });
    const start = universe.time.elapsedSeconds;
    const second = await universe.acquire({ run: "run-2", nodes: ["node-9"] });
    expect(second).toMatchObject({ kind: "refused", code: "E-LOCKED" });
    expect(universe.time.elapsedSeconds - start).toBeLessThanOrEqual(20);
  });

  it("waits a usual duration where the lease names none", async () => {
    const universe = begin();
    await universe.leaveBehind({ host: "ci-9" });
    universe.leases.edit({ durationSeconds: 0 });
    await universe.acquire({ run: "run-2", nodes: ["node-9"] });
    expect(universe.time.elapsedSeconds).toBeGreaterThanOrEqual(60);
  });

  it("is not locked out by its own write whose answer was lost", async () => {
    const universe = begin();
    universe.leases.fault = "answer-lost";
    const acquiring = acquireLock(universe.options());
    await universe.time.pass(1);
    expect(universe.leases.lease?.holder).toBe("ci-1/100/run-1/ci-1.100");
    universe.leases.fault = "none";
    expect(await universe.time.until(acquiring)).toMatchObject({ kind: "held" });
  });

  it("gives up where its writes are never answered", async () => {
    const universe = begin();
    universe.leases.fault = "lost";
    expect(await universe.acquire()).toMatchObject({ kind: "refused", code: "E-SERVER-FAILED", exit: 3 });
  });

  it("stops at once when told to while it watches a holder", async () => {
    const universe = begin();
    await universe.leaveBehind({ host: "ci-9" });
    const stop = new AbortController();
    const acquiring = acquireLock(universe.options({ run: "run-2", nodes: ["node-9"], stop: stop.signal }));
    acquiring.catch(() => undefined);
    await universe.time.pass(5);
    stop.abort(new Error("signal"));
    await expect(universe.time.until(acquiring)).rejects.toThrow();
    expect(universe.time.elapsedSeconds).toBeLessThan(6);
  });

  it("creates the namespace where it may", async () => {
    const universe = begin();
    universe.leases.hasNamespace = false;
    expect(await universe.acquire()).toMatchObject({ kind: "held" });
  });

  it("is refused with the command that creates the namespace where it may not", async () => {
    const universe = begin();
    universe.leases.hasNamespace = false;
    universe.leases.mayCreateNamespace = false;
    const refusal = await universe.acquire();
    expect(refusal).toMatchObject({ kind: "refused", code: "E-LOCK-MISSING", exit: 3 });
    expect(refusal.kind === "refused" && refusal.message).toContain("kubectl create namespace dextre-system");
  });
});

describe("unfinished runs", () => {
  it("refuse a plan that shares a node with them, naming host and path", async () => {
    const universe = begin();
    await (await universe.hold({ host: "ci-9" })).release(false);
    const refusal = await universe.acquire({ run: "run-2" });
    expect(refusal).toMatchObject({ kind: "refused", code: "E-RUN-OVERLAPS", exit: 7 });
    expect(refusal.kind === "refused" && refusal.message).toMatch(
      /node node-1 too.*host ci-9.*\/state\/run-1/,
    );
  });

  it("refuse the same plan from a machine that has not their journal", async () => {
    const universe = begin();
    await (await universe.hold({ host: "ci-9", digest: "sha256:same" })).release(false);
    const refusal = await universe.acquire({ run: "run-2", digest: "sha256:same" });
    expect(refusal).toMatchObject({ kind: "refused", code: "E-RUN-ELSEWHERE", exit: 7 });
  });

  it("let a plan go on that shares nothing with them, and are named", async () => {
    const universe = begin();
    await (await universe.hold()).release(false);
    const lock = await universe.hold({ run: "run-2", nodes: ["node-9"] });
    expect(lock.others.map((run) => run.run)).toEqual(["run-1"]);
    expect(universe.named()).toEqual(["run-1", "run-2"]);
  });

  it("do not refuse an abort", async () => {
    const universe = begin();
    await (await universe.hold()).release(false);
    expect(await universe.acquire({ purpose: "abort" })).toMatchObject({ kind: "held" });
  });

  it("are taken up again by the machine that has their journal", async () => {
    const universe = begin();
    await universe.leaveBehind({ pid: 100 });
    const lock = await universe.hold({ pid: 101, alive: () => false });
    expect(lock.others).toEqual([]);
    expect(universe.named()).toEqual(["run-1"]);
  });

  it("are forgotten where this machine's journal says that they have ended", async () => {
    const universe = begin();
    await universe.leaveBehind();
    const lock = await universe.hold({ run: "run-2", alive: () => false, isOver: (run) => run === "run-1" });
    expect(lock.others).toEqual([]);
    expect(universe.named()).toEqual(["run-2"]);
  });

  it("are named only once announced, so that none is named that has no journal", async () => {
    const universe = begin();
    const lock = await universe.acquire();
    expect(universe.named()).toEqual([]);
    if (lock.kind !== "held") throw new Error("refused");
    await expect(lock.writable(NEVER)).rejects.toThrow(BrokenInvariant);
    await universe.time.until(lock.announce(NEVER));
    expect(universe.named()).toEqual(["run-1"]);
    await lock.writable(NEVER);
  });

  it("stay named in a lease given back, and an ended one does not", async () => {
    const universe = begin();
    await (await universe.hold()).release(false);
    expect(universe.leases.lease?.holder).toBe("");
    expect(universe.named()).toEqual(["run-1"]);
    await (await universe.hold()).release(true);
    expect(universe.leases.lease?.holder).toBe("");
    expect(universe.named()).toEqual([]);
  });

  it("do not keep a lock from working whose annotation somebody has broken", async () => {
    const universe = begin();
    await (await universe.hold()).release(false);
    universe.leases.edit({ annotations: { "dextre.dev/runs": "[{]" } });
    expect(await universe.acquire({ run: "run-2" })).toMatchObject({ kind: "held" });
  });
});
