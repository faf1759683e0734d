import { groupsTerminatedIn } from "../draft.ts";
import { type Check, groupObject } from "./check.ts";

/** Two of them would replace the same instances. */
export const instanceRefresh: Check = {
  codes: ["W-INSTANCE-REFRESH"],
  find: (draft) =>
    groupsTerminatedIn(draft)
      .filter((group) => group.instanceRefreshInProgress)
      .map((group) => ({
        code: "W-INSTANCE-REFRESH",
        object: groupObject(group),
        message: `an instance refresh is in progress in group ${group.name}: it replaces instances at the same time`,
      })),
};
