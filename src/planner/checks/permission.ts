import { describeAccess } from "../required-access.ts";
import type { Check } from "./check.ts";

/** Found before the first change instead of in the middle. */
export const permission: Check = {
  codes: ["B-PERMISSION"],
  find: ({ missingPermissions }) =>
    missingPermissions.map((access) => ({
      code: "B-PERMISSION",
      object: {
        kind: "Permission",
        ...(access.namespace === undefined ? {} : { namespace: access.namespace }),
        name: access.subresource ? `${access.resource}/${access.subresource}` : access.resource,
        uid: "",
      },
      message: `these credentials may not ${describeAccess(access)}`,
    })),
};
