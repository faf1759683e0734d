import { isCordonedByOthers } from "#rules/cordon.ts";
import { nodeDrafts } from "../draft.ts";
import { type Check, nodeObject } from "./check.ts";

/** Remembered and never undone. */
export const foreignCordon: Check = {
  codes: ["W-FOREIGN-CORDON"],
  find: (draft) =>
    nodeDrafts(draft)
      .filter(({ node }) => isCordonedByOthers(node))
      .map(({ node }) => ({
        code: "W-FOREIGN-CORDON",
        object: nodeObject(node),
        message: `node ${node.name} was cordoned by somebody else; an abort leaves it cordoned`,
      })),
};
