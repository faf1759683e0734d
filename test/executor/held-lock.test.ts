import { describe, expect, it } from "vitest";
import { LockLost } from "#executor/held-lock.ts";
import { acquireLock } from "#executor/lock.ts";
import { begin, NEVER } from "./lock-universe.ts";

describe("a held lock", () => {
  it("is renewed every 15 s, so that writes never wait", async () => {
    const universe = begin();
    const lock = await universe.hold();
    for (let round = 0; round < 20; round += 1) {
      await universe.time.pass(7);
      const before = universe.time.elapsedSeconds;
      await universe.time.until(lock.writable(NEVER));
      expect(universe.time.elapsedSeconds).toBe(before);
    }
    expect(universe.leases.writes.length).toBeGreaterThan(8);
  });

  it("holds writes back 40 s after the last renewal, and lets them go after the next", async () => {
    const universe = begin();
    const lock = await universe.hold();
    universe.leases.fault = "lost";
    await universe.time.pass(39);
    await lock.writable(NEVER);
    await universe.time.pass(2);
    let isWritable = false;
    const writing = lock.writable(NEVER).then(() => {
      isWritable = true;
    });
    await universe.time.pass(120);
    expect(isWritable).toBe(false);
    universe.leases.fault = "none";
    await universe.time.pass(5);
    expect(isWritable).toBe(true);
    await writing;
  });

  it("is taken again where it lapsed and nobody took it", async () => {
    const universe = begin();
    const lock = await universe.hold();
    universe.leases.isReachable = false;
    universe.leases.fault = "lost";
    await universe.time.pass(600);
    universe.leases.isReachable = true;
    universe.leases.fault = "none";
    await universe.time.until(lock.writable(NEVER));
    expect(universe.leases.lease?.holder).toBe("ci-1/100/run-1/ci-1.100");
  });

  it("goes on where the answer to a renewal was lost", async () => {
    const universe = begin();
    const lock = await universe.hold();
    universe.leases.fault = "answer-lost";
    await universe.time.pass(20);
    universe.leases.fault = "none";
    await universe.time.pass(60);
    await lock.writable(NEVER);
  });

  it("is lost when another one has taken the lease", async () => {
    const universe = begin();
    const lock = await universe.hold();
    universe.leases.edit({ holder: "ci-2/200/run-2", transitions: 9 });
    await universe.time.pass(20);
    await expect(lock.writable(NEVER)).rejects.toThrow(LockLost);
    await expect(lock.writable(NEVER)).rejects.toThrow("held by ci-2/200/run-2");
    await lock.release(true);
    expect(universe.leases.lease?.holder).toBe("ci-2/200/run-2");
  });

  it("is lost when the lease was deleted", async () => {
    const universe = begin();
    const lock = await universe.hold();
    universe.leases.lease = undefined;
    await universe.time.pass(20);
    await expect(lock.writable(NEVER)).rejects.toThrow(LockLost);
  });

  it("stays held where somebody only edits an annotation", async () => {
    const universe = begin();
    const lock = await universe.hold();
    universe.leases.edit({ annotations: { ...universe.leases.lease?.annotations, "dextre.dev/note": "x" } });
    await universe.time.pass(60);
    await lock.writable(NEVER);
    expect(universe.leases.lease?.annotations["dextre.dev/note"]).toBe("x");
  });

  it.each([
    { how: "the machine was suspended", uptime: 8 * 3_600_000, date: 8 * 3_600_000 },
    { how: "the machine was suspended and its date set back", uptime: 8 * 3_600_000, date: -8 * 3_600_000 },
    {
      how: "a hypervisor stopped the machine, so that only the date went on",
      uptime: 0,
      date: 8 * 3_600_000,
    },
  ])("waits for a renewal where $how", async ({ uptime, date }) => {
    const universe = begin();
    let hasSlept = false;
    const options = universe.options();
    const clock = {
      ...options.clock,
      now: () => options.clock.now() + (hasSlept ? date : 0),
      uptime: () => options.clock.uptime() + (hasSlept ? uptime : 0),
    };
    const lock = await universe.time.until(acquireLock({ ...options, clock }));
    if (lock.kind !== "held") throw new Error("refused");
    await universe.time.until(lock.announce(NEVER));
    universe.leases.edit({ holder: "ci-2/200/run-2", transitions: 9 });
    hasSlept = true;
    await expect(universe.time.until(lock.writable(NEVER))).rejects.toThrow(LockLost);
  });

  it("says that the server does not answer once a renewal was missed, until one arrives", async () => {
    const universe = begin();
    const lock = await universe.hold();
    await universe.time.pass(60);
    expect(lock.trouble()).toBe(null);
    universe.leases.fault = "lost";
    await universe.time.pass(30);
    expect(lock.trouble()).toBe("the API server does not answer");
    universe.leases.fault = "none";
    await universe.time.pass(15);
    expect(lock.trouble()).toBe(null);
    await lock.release(true);
  });

  it("ends a write's wait at a stop", async () => {
    const universe = begin();
    const lock = await universe.hold();
    universe.leases.fault = "lost";
    await universe.time.pass(45);
    const stop = new AbortController();
    const writing = lock.writable(stop.signal);
    writing.catch(() => undefined);
    await universe.time.pass(3);
    stop.abort(new Error("signal"));
    await expect(writing).rejects.toThrow("signal");
  });

  it("leaves nothing behind that still waits once it is given back", async () => {
    const universe = begin();
    const lock = await universe.hold();
    await universe.time.pass(100);
    await lock.release(true);
    expect(universe.time.sleepers).toBe(0);
  });

  it("is given back within 2 s even where the server does not answer", async () => {
    const universe = begin();
    const lock = await universe.hold();
    universe.leases.fault = "lost";
    const start = universe.time.elapsedSeconds;
    await universe.time.until(lock.release(false).catch(() => undefined));
    expect(universe.time.elapsedSeconds - start).toBeLessThanOrEqual(2);
    expect(universe.time.sleepers).toBe(0);
  });

  it("is given back although somebody edited the lease meanwhile", async () => {
    const universe = begin();
    const lock = await universe.hold();
    universe.leases.edit({});
    await universe.time.until(lock.release(true));
    expect(universe.leases.lease?.holder).toBe("");
    expect(universe.named()).toEqual([]);
  });
});
