import { describe, expect, it } from "vitest";
import { Universe } from "#test/simulation/universe.ts";
import { smallWorld } from "#test/world/support.ts";

const SPEC = `apiVersion: dextre.dev/v1alpha1
kind: Upgrade
metadata: {name: roll}
spec:
  targets: [{kind: Nodes, role: node}]
`;

describe("a permission that is missing", () => {
  for (const denied of [
    { verb: "patch", resource: "nodes" },
    { verb: "create", resource: "pods", subresource: "eviction" },
    { verb: "update", resource: "leases" },
    { verb: "watch", resource: "poddisruptionbudgets" },
  ]) {
    const { verb, resource, subresource } = denied;
    const what = `${verb} ${resource}${subresource ? `/${subresource}` : ""}`;
    it(`is named before anything is changed: ${what}`, async () => {
      const world = smallWorld();
      const universe = new Universe(world, 1);
      await universe.driver.run(async () => {
        const process = universe.start();
        const plan = await universe.plan(process, SPEC);
        world.cluster.denials.push(denied);
        const writes: string[] = [];
        world.onRequest(({ request }) => {
          if (request.kind !== "kubernetes" || request.request.path.endsWith("accessreviews")) return;
          if (request.request.method !== "GET")
            writes.push(`${request.request.method} ${request.request.path}`);
        });
        const end = await universe.apply(process, plan);
        expect(end).toMatchObject({ exit: 3, code: "E-FORBIDDEN" });
        expect(end.message).toContain(what);
        expect(writes).toEqual([]);
      });
    });
  }
});
