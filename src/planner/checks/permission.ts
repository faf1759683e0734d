import { describeMissingAccess } from "#rules/missing-access.ts";
import type { Check } from "./check.ts";

/**
 * Whoever plans needs to read and nothing more, as in a check of a pull request. So this never
 * blocks: apply asks the same about its own credentials and refuses before the first change.
 */
export const permission: Check = {
  codes: ["W-PERMISSION-APPLY"],
  find: ({ missingPermissions }) => {
    if (missingPermissions.length === 0) return [];
    const missing = describeMissingAccess(missingPermissions);
    return [
      {
        code: "W-PERMISSION-APPLY",
        object: { kind: "Permission", name: "apply", uid: "" },
        message: `the credentials of this plan may not ${missing}; apply needs it and asks for its own`,
      },
    ];
  },
};
