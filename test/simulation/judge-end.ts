import type { Plan } from "#model/plan.ts";
import { AUTOSCALER_MARK } from "./judge/node-rule.ts";
import { isEvictable, isServing, ownerNow, podsOf } from "./judge/truth.ts";
import type { Universe } from "./universe.ts";

/**
 * I5, I6 and I12: whatever came between, a run that is done leaves the world as one without crashes does.
 * mayHoldLock: it ended while the server might not take the lock back; then that runs out.
 */
export function judgeEnd(
  { world, judge }: Universe,
  plan: Plan,
  desired: ReadonlyMap<string, number>,
  mayHoldLock = false,
): void {
  const { lanes } = plan.content;
  for (const group of world.fleet.groups.values()) {
    const wanted = desired.get(group.name);
    if (group.desired !== wanted)
      judge.report("I5", `${group.name} wants ${group.desired} at the end, not ${wanted}`);
    const inService = [...world.fleet.instances.values()].filter(
      (one) => one.group === group.name && one.lifecycle === "InService",
    ).length;
    if (inService !== group.desired)
      judge.report("I12", `${group.name} has ${inService} of ${group.desired} instances at the end`);
  }
  for (const { metadata, spec } of world.list("nodes")) {
    const lane = lanes.find((one) => one.kind === "node" && one.nodeUid === metadata.uid);
    if (lane) judge.report("I12", `planned node ${metadata.name} is still there`);
    const marks = Object.keys(metadata.annotations ?? {}).filter((key) => key.startsWith("dextre.dev/"));
    if (marks.length > 0) judge.report("I6", `node ${metadata.name} still carries ${marks.join(", ")}`);
    if (spec.unschedulable === true && !judge.isForeignCordon(metadata.uid))
      judge.report("I6", `node ${metadata.name} is cordoned at the end`);
    // A new instance may have inherited the Node of one that we ended.
    const isHeir = [...world.fleet.groups.values()].some((group) => group.reusesNames);
    if (metadata.annotations?.[AUTOSCALER_MARK] !== judge.wordToAutoscaler(metadata.uid) && !isHeir)
      judge.report("I6", `node ${metadata.name} is still kept from the autoscaler at the end`);
  }
  for (const step of plan.content.steps) {
    if (step.kind !== "EvictPod" || !lanes.some((lane) => lane.kind === "pods" && lane.id === step.lane))
      continue;
    const pod = world.cluster.stores.pods.getByUid(step.target.uid);
    if (pod && isEvictable(pod) && pod.metadata.deletionTimestamp === undefined)
      judge.report("I12", `pod ${pod.metadata.name} of the plan is still there`);
  }
  const lease = world.get("leases", "dextre-system", "dextre");
  if (lease?.spec?.holderIdentity && !mayHoldLock)
    judge.report("I8", `the lock is held by ${lease.spec.holderIdentity} at the end`);
  const runs = lease?.metadata.annotations?.["dextre.dev/runs"] ?? "[]";
  if (runs !== "[]") judge.report("I12", `the lock names unfinished runs at the end: ${runs}`);
  judgeWorkloads({ world, judge });
  for (const { metadata, spec, status } of world.list("jobs")) {
    const isOver = status.conditions?.some((one) => one.status === "True") === true;
    const running = world.cluster.stores.pods
      .ownedBy(metadata.uid)
      .filter((pod) => pod.status.phase === "Running" && pod.metadata.deletionTimestamp === undefined);
    if (!isOver && running.length < (spec.parallelism ?? 1))
      judge.report(
        "I12",
        `Job ${metadata.name} has ${running.length} pods of ${spec.parallelism} at the end`,
      );
  }
}

function judgeWorkloads({ world, judge }: Pick<Universe, "world" | "judge">): void {
  for (const kind of ["deployments", "statefulsets"] as const) {
    for (const { metadata, spec } of world.list(kind)) {
      const name = kind === "deployments" ? "Deployment" : "StatefulSet";
      const owner = ownerNow(
        { kind: name, uid: metadata.uid, name: metadata.name, replicas: 0, minReadySeconds: 0 },
        world,
      );
      const serving = owner ? podsOf(owner, world).filter(isServing).length : 0;
      if (serving < spec.replicas)
        judge.report("I12", `${name} ${metadata.name} has ${serving} of ${spec.replicas} at the end`);
    }
  }
}
