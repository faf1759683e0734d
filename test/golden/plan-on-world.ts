import { readFileSync } from "node:fs";
import { createScaling } from "#gateway/aws/scaling.ts";
import { createCluster } from "#gateway/kubernetes/cluster.ts";
import type { PlanContent } from "#model/plan.ts";
import type { Spec } from "#model/spec.ts";
import { needsGroups } from "#planner/group-names.ts";
import { makePlan } from "#planner/make-plan.ts";
import { instanceIdOf } from "#rules/instance-id.ts";
import { loadSpec } from "#schema/load-spec.ts";
import { driverOf } from "#test/world/support.ts";
import type { World } from "#world/world.ts";

/** A spec of the folder plans/. */
export function exampleSpec(name: string): Spec {
  const text = readFileSync(new URL(`../../plans/${name}.yaml`, import.meta.url), "utf8");
  const loaded = loadSpec(text, `plans/${name}.yaml`);
  if (loaded.kind === "ok") return loaded.spec;
  throw new Error(loaded.diagnostics.map(({ message, place }) => `${place?.line}: ${message}`).join("\n"));
}

/** What `dextre plan` makes of a spec and an embedded cluster, through the real gateway. */
export async function planOnWorld(spec: Spec, world: World): Promise<PlanContent> {
  const driver = driverOf(world);
  const { kubernetes, aws, clock } = driver.client("planner");
  const ports = { clock, random: () => 0.5 };
  const cluster = createCluster({
    ...ports,
    wire: kubernetes,
    server: "https://127.0.0.1:6443",
    caFingerprint: "",
  });
  const scaling = createScaling({ ...ports, wire: aws });
  const answer = await driver.run(async () => {
    const [identity, snapshot] = await Promise.all([cluster.identity(), cluster.readOnce()]);
    if (needsGroups(spec)) {
      const instances = [...snapshot.nodes()].map(instanceIdOf).filter((id) => id !== "");
      for (const group of await scaling.readGroupsOfInstances(instances)) snapshot.putGroup(group);
    }
    return makePlan({ spec, snapshot, cluster: identity });
  });
  if (answer.kind === "planned") return answer.content;
  throw new Error(answer.diagnostics.map(({ message }) => message).join("\n"));
}
