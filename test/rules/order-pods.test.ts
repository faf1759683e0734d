import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pod } from "#model/objects.ts";
import type { PodOrderKey } from "#model/spec.ts";
import { comparePods } from "#rules/order-pods.ts";
import { aPod } from "#test/builders/a-pod.ts";

const sorted = (keys: readonly PodOrderKey[], pods: readonly Pod[]): readonly string[] =>
  [...pods].sort(comparePods(keys)).map((pod) => pod.name);

const dns = aPod({ name: "dns", namespace: "kube-system", priority: 0 });
const cache = aPod({ name: "cache", priority: 100 });
const web = aPod({ name: "web", priority: 10 });
const api = aPod({ name: "api", priority: 100 });

describe("the order of pods", () => {
  it("has regular pods before system pods", () => {
    expect(sorted(["regularBeforeSystem"], [dns, web, api])).toEqual(["api", "web", "dns"]);
  });

  it("has the least important first", () => {
    expect(sorted(["priority"], [cache, web, dns])).toEqual(["dns", "web", "cache"]);
  });

  it("lets the first key decide that tells two apart", () => {
    expect(sorted(["priority", "name"], [cache, api, web])).toEqual(["web", "api", "cache"]);
    expect(sorted(["name", "priority"], [cache, api, web])).toEqual(["api", "cache", "web"]);
  });

  it("compares by code unit, the same in every locale", () => {
    expect(sorted(["name"], [aPod({ name: "a-b" }), aPod({ name: "a.b" }), aPod({ name: "a0" })])).toEqual([
      "a-b",
      "a.b",
      "a0",
    ]);
  });

  it("is total: the same from every starting order, whatever the keys", () => {
    const pods = [dns, cache, web, api, aPod({ name: "web", namespace: "other" })];
    const keys = fc.shuffledSubarray<PodOrderKey>(["regularBeforeSystem", "priority", "name"], {
      minLength: 0,
    });
    const orders = fc.shuffledSubarray(pods, { minLength: pods.length });
    fc.assert(
      fc.property(keys, orders, (chosen, order) => {
        const uids = (from: readonly Pod[]) => [...from].sort(comparePods(chosen)).map((pod) => pod.uid);
        expect(uids(order)).toEqual(uids(pods));
      }),
    );
  });
});
