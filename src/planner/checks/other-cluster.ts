import type { Finding } from "#model/plan.ts";
import { groupsTerminatedIn } from "../draft.ts";
import { type Check, groupObject } from "./check.ts";

/** Somebody said whose instances may be ended: those of groups that do not say the same may not. */
export const otherCluster: Check = {
  codes: ["B-OTHER-CLUSTER", "W-CLUSTER-UNCHECKED"],
  find: (draft) => {
    const { cluster } = draft.spec.aws;
    if (cluster === null) return [];
    const groups = groupsTerminatedIn(draft);
    if (groups.length === 0) return [unchecked(cluster, draft.spec.name)];
    return groups
      .filter((group) => group.cluster !== cluster)
      .map((group) => ({
        code: "B-OTHER-CLUSTER",
        object: groupObject(group),
        message:
          group.cluster === ""
            ? `group ${group.name} has no tag KubernetesCluster, so nothing tells that it is of cluster "${cluster}"`
            : `group ${group.name} is of cluster "${group.cluster}" by its tag KubernetesCluster, not of "${cluster}"`,
      }));
  },
};

function unchecked(cluster: string, upgrade: string): Finding {
  return {
    code: "W-CLUSTER-UNCHECKED",
    object: { kind: "Upgrade", name: upgrade, uid: "" },
    message: `nothing tells whether this is cluster "${cluster}": its name stands in the tags of auto scaling groups, and this plan ends no instance of one`,
  };
}
