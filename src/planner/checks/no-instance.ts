import type { Node } from "#model/objects.ts";
import { zoneOf } from "#rules/instance-id.ts";
import { nodeDrafts } from "../draft.ts";
import { type Check, nodeObject } from "./check.ts";

/** Groups are looked for in one region. */
function elsewhere(node: Node, region: string | null): string {
  const zone = zoneOf(node);
  if (region === null || zone === "" || zone.startsWith(region)) return "";
  return ` of region ${region}, where they were looked for (the node is in zone ${zone})`;
}

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
            : `instance ${instanceId} of node ${node.name} is in no auto scaling group${elsewhere(node, draft.region)}, so no successor would come`,
        acceptedBy: { field: "replace.mode: none" },
      }));
  },
};
