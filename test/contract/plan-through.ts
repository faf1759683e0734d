import { createScaling } from "#gateway/aws/scaling.ts";
import { createCluster } from "#gateway/kubernetes/cluster.ts";
import type { Clock } from "#gateway/ports.ts";
import type { AwsWire, KubernetesWire } from "#gateway/wire.ts";
import type { PlanContent } from "#model/plan.ts";
import type { Spec } from "#model/spec.ts";
import { needsGroups } from "#planner/group-names.ts";
import { makePlan } from "#planner/make-plan.ts";
import { instanceIdOf } from "#rules/instance-id.ts";

/** What `dextre plan` makes of a spec and of whatever stands behind the wires. */
export async function planThrough(
  spec: Spec,
  {
    kubernetes,
    aws,
    clock,
  }: { readonly kubernetes: KubernetesWire; readonly aws: AwsWire; readonly clock: Clock },
): Promise<PlanContent> {
  const ports = { clock, random: () => 0.5 };
  const place = { server: "https://127.0.0.1:6443", caFingerprint: "" };
  const cluster = createCluster({ ...ports, wire: kubernetes, ...place });
  const scaling = createScaling({ ...ports, wire: aws });
  const [identity, snapshot] = await Promise.all([cluster.identity(), cluster.readOnce()]);
  if (needsGroups(spec)) {
    const instances = [...snapshot.nodes()].map(instanceIdOf).filter((id) => id !== "");
    for (const group of await scaling.readGroupsOfInstances(instances)) snapshot.putGroup(group);
  }
  const answer = makePlan({ spec, snapshot, cluster: identity });
  if (answer.kind === "planned") return answer.content;
  throw new Error(answer.diagnostics.map(({ message }) => message).join("\n"));
}
