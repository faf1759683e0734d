import type { Finding } from "#model/plan.ts";
import { movingPods } from "../draft.ts";
import type { Check } from "./check.ts";

/** One replica cannot move without being away for a while. */
export const singleReplica: Check = {
  codes: ["W-SINGLE-REPLICA"],
  find: (draft) => {
    const found = new Map<string, Finding>();
    for (const { owner } of movingPods(draft)) {
      const workload = owner === null ? undefined : draft.snapshot.workload(owner.uid);
      if (!owner || !workload || workload.replicas !== 1 || workload.job !== null) continue;
      found.set(owner.uid, {
        code: "W-SINGLE-REPLICA",
        object: owner,
        message: `${owner.kind} ${workload.namespace}/${workload.name} has one replica: it is down while it moves`,
      });
    }
    return [...found.values()];
  },
};
