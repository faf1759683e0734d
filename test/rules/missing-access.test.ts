import { expect, test } from "vitest";
import { requiredAccess } from "#planner/required-access.ts";
import { describeMissingAccess } from "#rules/missing-access.ts";
import { aSpec } from "#test/builders/a-spec.ts";

test("names every missing permission, kinds of one verb together and verbs of one kind", () => {
  expect(describeMissingAccess(requiredAccess(aSpec()).filter(({ verb }) => verb !== "list"))).toBe(
    "watch nodes, pods, poddisruptionbudgets.policy, deployments.apps, replicasets.apps, statefulsets.apps, " +
      "daemonsets.apps, jobs.batch, nor get pods, nodes, nor patch nodes, nor create pods/eviction, " +
      "nor get, create, update leases.coordination.k8s.io in namespace dextre-system",
  );
  const eviction = { verb: "create", group: "", resource: "pods", subresource: "eviction" };
  expect(describeMissingAccess(["a", "b"].map((namespace) => ({ ...eviction, namespace })))).toBe(
    "create pods/eviction in namespace a, nor create pods/eviction in namespace b",
  );
});
