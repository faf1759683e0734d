import { nodeDrafts } from "../draft.ts";
import type { Check } from "./check.ts";

/** Nothing replaces a node that is only drained, so each one counts as unavailable for good. */
export const drainedNodesStay: Check = {
  codes: ["B-DRAINED-NODES-STAY"],
  find: (draft) => {
    const { replace, limits } = draft.spec;
    const count = nodeDrafts(draft).length;
    if (replace.mode !== "none" || count <= limits.maxUnavailableNodes) return [];
    return [
      {
        code: "B-DRAINED-NODES-STAY",
        object: { kind: "Upgrade", name: draft.spec.name, uid: "" },
        // No field accepts it as long as the limit may only be 1.
        message: `${count} nodes would be drained and stay cordoned, more than the ${limits.maxUnavailableNodes} that may be unavailable: plan fewer at a time, or have them replaced (replace.mode: terminate)`,
      },
    ];
  },
};
