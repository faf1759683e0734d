import { compareTexts } from "#rules/compare.ts";
import { groupsTerminatedIn } from "../draft.ts";
import { type Check, groupObject } from "./check.ts";

/** With Launch suspended no successor comes; the others change what the group does meanwhile. */
export const suspendedProcesses: Check = {
  codes: ["W-SUSPENDED-PROCESSES"],
  find: (draft) =>
    groupsTerminatedIn(draft)
      .filter((group) => group.suspendedProcesses.length > 0)
      .map((group) => {
        const names = [...group.suspendedProcesses].sort(compareTexts);
        const noLaunch = names.includes("Launch") ? "; no successor comes while Launch is suspended" : "";
        return {
          code: "W-SUSPENDED-PROCESSES",
          object: groupObject(group),
          message: `group ${group.name} has suspended processes: ${names.join(", ")}${noLaunch}`,
        };
      }),
};
