import { describe, expect, it } from "vitest";
import { ReadyAges } from "#executor/ready-ages.ts";
import type { Pod } from "#model/objects.ts";
import { aNode } from "#test/builders/a-node.ts";
import { aPod } from "#test/builders/a-pod.ts";
import { timeAfter } from "#test/builders/fixed.ts";
import { VirtualTime } from "#test/builders/virtual-time.ts";

const aView = (pods: readonly Pod[]) => ({ pods: () => pods, nodes: () => [] });

describe("how long a pod has been Ready", () => {
  it("is believed its stamp where it is Ready in the first view, and counts on by our own clock", async () => {
    const time = new VirtualTime();
    const pod = aPod({ readySince: timeAfter(-100) });
    const ages = new ReadyAges(time.clock(), aView([pod]));
    expect(ages.of(pod)).toBe(100);
    await time.pass(10);
    expect(ages.of(pod)).toBe(110);
  });

  it("is not made longer by our own clock being ahead where it turned Ready later", () => {
    const clock = new VirtualTime().clock();
    const ahead = { ...clock, now: () => clock.now() + 300_000 };
    expect(new ReadyAges(ahead, aView([])).of(aPod({ readySince: timeAfter(-1) }))).toBe(0);
  });

  it("is counted from our first look where it turned Ready under our eyes, whatever the server's clock says", async () => {
    const time = new VirtualTime();
    const ages = new ReadyAges(time.clock(), aView([]));
    expect(ages.of(aPod({ ready: false }))).toBe(0);
    const ready = aPod({ readySince: timeAfter(3_600) });
    expect(ages.of(ready)).toBe(0);
    await time.pass(7);
    expect(ages.of(ready)).toBe(7);
  });

  it("begins anew after each flap, even one that nobody saw", async () => {
    const time = new VirtualTime();
    const ages = new ReadyAges(time.clock(), aView([]));
    ages.of(aPod({ readySince: timeAfter(-90) }));
    await time.pass(30);
    expect(ages.of(aPod({ readySince: timeAfter(20) }))).toBe(0);
    await time.pass(5);
    expect(ages.of(aPod({ readySince: timeAfter(20) }))).toBe(5);
    expect(ages.of(aPod({ ready: false, readySince: timeAfter(21) }))).toBe(0);
  });
});

describe("how long a pod has been terminating, and a node not Ready", () => {
  it("is counted from our first look, whatever the server's stamps say", async () => {
    const time = new VirtualTime();
    const ages = new ReadyAges(time.clock(), aView([]));
    const pod = aPod({ deletionAt: timeAfter(-3_600) });
    const node = aNode({ ready: "Unknown", readySince: timeAfter(-3_600) });
    expect([ages.terminatingFor(pod), ages.notReadyFor(node)]).toEqual([0, 0]);
    await time.pass(40);
    expect([ages.terminatingFor(pod), ages.notReadyFor(node)]).toEqual([40, 40]);
  });

  it("begins anew for a node that was Ready in between", async () => {
    const time = new VirtualTime();
    const ages = new ReadyAges(time.clock(), aView([]));
    const down = aNode({ ready: "Unknown" });
    ages.notReadyFor(down);
    await time.pass(40);
    expect(ages.notReadyFor(aNode({ ready: "True" }))).toBe(0);
    await time.pass(5);
    expect(ages.notReadyFor(down)).toBe(0);
  });
});
