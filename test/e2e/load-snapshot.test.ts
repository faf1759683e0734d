import { readdirSync } from "node:fs";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { systemClock } from "#gateway/local/system-clock.ts";
import { onNodeOf } from "#test/contract/example-plans.ts";
import { planThrough } from "#test/contract/plan-through.ts";
import { readCluster } from "#test/contract/read-cluster.ts";
import { exampleSpec } from "#test/golden/plan-on-world.ts";
import { rigEnvironment } from "#test/rig/rig-state.ts";
import { driverOf } from "#test/world/support.ts";
import { loadSnapshot, type ReadCluster } from "#world/load-snapshot.ts";
import { type UsedRig, useRig } from "./harness/contract-rig.ts";
import { rigSubject } from "./harness/rig-subject.ts";

/*
 * A real control plane read into the embedded cluster: every plan under plans/ is the same on both.
 */

let rig: UsedRig;
let read: ReadCluster;
let node: string;

const wires = () => ({ ...rigSubject(rig.state), clock: systemClock });

beforeAll(async () => {
  rig = await useRig("snapshot", "mixed");
  for (const [name, value] of Object.entries(rigEnvironment(rig.state))) vi.stubEnv(name, value);
  const { kubernetes, aws } = wires();
  read = await readCluster(kubernetes, aws, Date.now());
  const { body } = await kubernetes.request({
    method: "GET",
    path: "/api/v1/nodes",
    query: { labelSelector: "disk=ssd" },
  });
  node =
    (body as { readonly items: readonly { metadata: { name: string } }[] }).items[0]?.metadata.name ?? "";
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rig?.stop();
});

const plans = readdirSync(new URL("../../plans", import.meta.url)).map((file) => file.replace(".yaml", ""));

it.each(plans)(
  "the plan %s is the same on a real control plane and on a world loaded from it",
  async (name) => {
    const spec = onNodeOf(exampleSpec(name), node);
    const real = await planThrough(spec, wires());
    const loaded = driverOf(loadSnapshot(read, { seed: 1 }));
    const plan = await loaded.run(() => planThrough(spec, loaded.client("planner")));
    expect(plan).toEqual(real);
    expect(real.steps.length).toBeGreaterThan(0);
  },
);
