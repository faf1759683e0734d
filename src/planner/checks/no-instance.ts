import { nodeDrafts } from "../draft.ts";
import { type Check, nodeObject } from "./check.ts";

/** Without its group nobody would launch a successor. */
export const noInstance: Check = {
  codes: ["B-NO-INSTANCE"],
  find: (draft) => {
    if (draft.spec.replace.mode !== "terminate") return [];
    return nodeDrafts(draft)
      .filter(({ group }) => group === null)
      .map(({ node, instanceId }) => ({
        code: "B-NO-INSTANCE",
        object: nodeObject(node),
        message:
          instanceId === ""
            ? `node ${node.name} names no EC2 instance (providerID "${node.providerId}"), so nothing can be terminated`
            : `instance ${instanceId} of node ${node.name} is in no auto scaling group, so no successor would come`,
        acceptedBy: { field: "replace.mode: none" },
      }));
  },
};
