import { describe, expect, test } from "vitest";
import { SortedObjects } from "#world/kubernetes/sorted-objects.ts";
import { Random } from "#world/random.ts";

describe("sorted objects", () => {
  test("are what a map sorted anew would be, and a snapshot stays what it was", () => {
    const random = new Random(7);
    const sorted = new SortedObjects<number>();
    const plain = new Map<string, number>();
    const inOrder = (prefix = ""): [string, number][] =>
      [...plain].filter(([key]) => key.startsWith(prefix)).sort(([left], [right]) => (left < right ? -1 : 1));
    for (let step = 0; step < 6000; step++) {
      const key = `${"abc".charAt(random.between(0, 2))}/${random.between(0, 900)}`;
      if (random.between(0, 2) === 0) {
        sorted.delete(key);
        plain.delete(key);
      } else {
        sorted.set(key, step);
        plain.set(key, step);
      }
      if (step % 1500 !== 700) continue;
      const snapshot = sorted.snapshot();
      const before = inOrder("b/");
      sorted.set("b/ first", step);
      sorted.delete("b/ first");
      for (const [other] of before.slice(0, 100)) sorted.set(other, -1);
      expect([...snapshot.from("", "b/")]).toEqual(before);
      for (const [other, value] of before.slice(0, 100)) sorted.set(other, value);
      expect(sorted.all()).toEqual(inOrder().map(([, value]) => value));
      expect(snapshot.size).toBe(plain.size);
      expect(snapshot.count("b/")).toBe(before.length);
      expect(snapshot.count("c/")).toBe(inOrder("c/").length);
    }
  });

  test("are walked from a key on", () => {
    const sorted = new SortedObjects<string>();
    for (const key of ["b/1", "a/2", "a/1", "a-b/1", "a/3"]) sorted.set(key, key);
    const keys = (from: string, prefix: string): readonly string[] =>
      [...sorted.snapshot().from(from, prefix)].map(([key]) => key);
    expect(keys("a/2", "a/")).toEqual(["a/2", "a/3"]);
    expect(keys("", "a/")).toEqual(["a/1", "a/2", "a/3"]);
    expect(keys("", "")).toEqual(["a-b/1", "a/1", "a/2", "a/3", "b/1"]);
  });
});
