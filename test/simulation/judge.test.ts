import { expect, it } from "vitest";
import { startTime } from "#test/world/support.ts";
import { buildWorld } from "#world/build-world.ts";
import type { Scenario } from "#world/scenario.ts";
import { Universe } from "./universe.ts";

const SCENARIO: Scenario = {
  name: "one-job",
  cluster: "k8s.test",
  groups: [{ name: "nodes", role: "node", size: 2, min: 2, max: 2, zones: ["eu-west-1a"] }],
  workloads: [{ kind: "Job", name: "sums", run: "3600s", replicas: 1, backoffLimit: 0 }],
};

it("a Job that fails by an eviction too many is blamed on who evicted, not on who deletes", async () => {
  for (const doer of ["dextre", "somebody else"]) {
    const world = buildWorld(SCENARIO, { seed: 1, now: startTime, events: false });
    const universe = new Universe(world, 1);
    await universe.driver.run(async () => {
      const process = universe.start();
      const [pod] = world.list("pods");
      const { namespace = "", name = "", uid = "" } = pod?.metadata ?? {};
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      if (doer === "dextre") await process.cluster.evict({ namespace, name, uid, gracePeriodSeconds: null });
      else world.handle(world.now, { kind: "kubernetes", request: { method: "DELETE", path } }, "admin");
      await process.clock.sleep(120_000);
      expect(world.list("jobs")[0]?.status.failed).toBe(1);
      const blamed = universe.judge.violations.filter((one) => one.includes("Job sums that it failed"));
      expect(blamed.map((one) => one.slice(0, 2))).toEqual(doer === "dextre" ? ["I1"] : []);
    });
  }
});
