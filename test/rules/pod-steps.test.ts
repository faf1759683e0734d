import { describe, expect, it } from "vitest";
import { podSteps } from "#rules/pod-steps.ts";
import { aPod, refOf } from "#test/builders/a-pod.ts";
import { aSpec } from "#test/builders/a-spec.ts";
import { aStatefulSet } from "#test/builders/a-workload.ts";

const db = aStatefulSet();
const pod = aPod({ of: db, name: "db-0", gracePeriodSeconds: 60 });
const request = {
  lane: "node/node-1",
  pod,
  owner: refOf(db),
  tier: 1,
  spec: aSpec(),
  reason: "R-REGULAR-POD",
  needs: ["node/node-1/cordon"],
  awaitsNode: false,
} as const;

describe("the steps of a pod", () => {
  it("are an eviction and the wait that it causes", () => {
    const [evict, wait] = podSteps(request);
    expect(evict).toEqual({
      id: "node/node-1/evict/default/db-0",
      kind: "EvictPod",
      lane: "node/node-1",
      tier: 1,
      target: { kind: "Pod", namespace: "default", name: "db-0", uid: pod.uid, node: "node-1" },
      owner: refOf(db),
      needs: ["node/node-1/cordon"],
      params: { gracePeriodSeconds: null },
      timeoutSeconds: 660,
      reason: { code: "R-REGULAR-POD" },
    });
    expect(wait).toMatchObject({
      id: "node/node-1/await/default/db-0",
      tier: 1,
      needs: [evict.id],
      timeoutSeconds: 660,
    });
  });

  it("of a discovered pod end in @ and eight characters of its UID, so that a namesake has others", () => {
    const [evict, wait] = podSteps({ ...request, idSuffix: `@${pod.uid.slice(0, 8)}` });
    expect(evict.id).toBe(`node/node-1/evict/default/db-0@${pod.uid.slice(0, 8)}`);
    expect(wait.needs).toEqual([evict.id]);
  });

  it("give the wait the time that the replacement has to stay Ready", () => {
    const [evict, wait] = podSteps({ ...request, spec: aSpec({ pods: { stableForSeconds: 90 } }) });
    expect([evict.timeoutSeconds, wait.timeoutSeconds]).toEqual([660, 750]);
    expect(wait.params.stableForSeconds).toBe(90);
  });

  it("await behind the new node where only that has a place for it", () => {
    const [evict, wait] = podSteps({ ...request, awaitsNode: true });
    expect(evict.tier).toBe(1);
    expect(wait).toMatchObject({ tier: 3, needs: [evict.id, "node/node-1/new-node"] });
  });
});
