import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { exampleSpec } from "#test/golden/plan-on-world.ts";
import { driverOf, loadScenario, startTime } from "#test/world/support.ts";
import { buildWorld } from "#world/build-world.ts";
import { loadSnapshot } from "#world/load-snapshot.ts";
import { onNodeOf } from "./example-plans.ts";
import { planThrough } from "./plan-through.ts";
import { readCluster } from "./read-cluster.ts";

const plans = readdirSync(new URL("../../plans", import.meta.url)).map((file) => file.replace(".yaml", ""));

test.each(plans)(
  "the plan %s is the same on a cluster and on a world that was loaded from it",
  async (name) => {
    const world = buildWorld(loadScenario("mixed"), { seed: 3, now: startTime });
    const driver = driverOf(world);
    const first = driver.client("first");
    const spec = onNodeOf(exampleSpec(name), world.list("nodes").at(-1)?.metadata.name ?? "");
    const [read, plan] = await driver.run(async () => [
      await readCluster(first.kubernetes, first.aws, driver.now()),
      await planThrough(spec, first),
    ]);
    const loaded = driverOf(loadSnapshot(read, { seed: 4 }));
    expect(await loaded.run(() => planThrough(spec, loaded.client("second")))).toEqual(plan);
  },
);

test("a loaded world stands still as the one that it was read from, and replaces what ends", async () => {
  const world = buildWorld(loadScenario("mixed"), { seed: 3, now: startTime });
  const driver = driverOf(world);
  const { kubernetes, aws } = driver.client("first");
  const read = await driver.run(() => readCluster(kubernetes, aws, driver.now()));
  const loaded = loadSnapshot(read, { seed: 4 });
  const time = driverOf(loaded);
  await time.pass(60_000);
  const uids = (of: typeof world) => of.list("pods").map(({ metadata }) => metadata.uid);
  expect(uids(loaded)).toEqual(uids(world));
  const [node] = loaded.list("nodes").filter(({ metadata }) => metadata.labels?.disk === "ssd");
  const InstanceId = node?.spec.providerID?.split("/").at(-1) ?? "";
  const client = time.client("second");
  await time.run(() =>
    client.aws.call("TerminateInstanceInAutoScalingGroup", {
      InstanceId,
      ShouldDecrementDesiredCapacity: false,
    }),
  );
  await time.pass(180_000);
  const after = loaded.list("nodes").filter(({ metadata }) => metadata.labels?.disk === "ssd");
  expect(after).toHaveLength(3);
  expect(after.map(({ metadata }) => metadata.uid)).not.toContain(node?.metadata.uid);
});
