import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GrowingMap } from "#executor/growing-map.ts";

describe("a growing map", () => {
  it("is in every version what a copied map would be, whichever version it grew from", () => {
    const change = fc.record({ from: fc.nat(), key: fc.constantFrom("a", "b", "c"), value: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const versions = [{ map: GrowingMap.empty<number>(), copy: new Map<string, number>() }];
        for (const { from, key, value } of changes) {
          const base = versions[from % 2 === 0 ? versions.length - 1 : from % versions.length];
          if (base)
            versions.push({ map: base.map.with(key, value), copy: new Map(base.copy).set(key, value) });
        }
        for (const { map, copy } of versions) {
          expect(map.size).toBe(copy.size);
          expect(new Map(map)).toEqual(copy);
          expect([...map.keys()].every((key) => map.has(key) && map.get(key) === copy.get(key))).toBe(true);
        }
      }),
    );
  });

  it("tells what was set since an earlier version, and nothing of a version that it did not grow from", () => {
    const first = GrowingMap.empty<number>().with("a", 1);
    const second = first.with("b", 2).with("a", 3);
    expect(second.changedSince(first)).toEqual(["b", "a"]);
    expect(second.changedSince(second)).toEqual([]);
    expect(first.changedSince(second)).toBeUndefined();
    expect(first.with("c", 4).changedSince(second)).toBeUndefined();
  });
});
