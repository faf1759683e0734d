import { hasRole } from "#rules/roles.ts";
import { nodeDrafts } from "../draft.ts";
import { type Check, nodeObject } from "./check.ts";

/** Terminating the last Ready control-plane node takes the API server with it. */
export const controlPlaneOutage: Check = {
  codes: ["B-CONTROL-PLANE-OUTAGE"],
  find: (draft) => {
    if (draft.spec.replace.mode !== "terminate") return [];
    const ready = [...draft.snapshot.nodes()].filter(
      (node) => hasRole(node, "control-plane") && node.ready === "True",
    );
    return nodeDrafts(draft)
      .filter(({ node }) => hasRole(node, "control-plane"))
      .filter(({ node }) => ready.every((other) => other.name === node.name))
      .map(({ node }) => ({
        code: "B-CONTROL-PLANE-OUTAGE",
        object: nodeObject(node),
        message: `without node ${node.name} no Ready control-plane node is left: the API server is away until its successor is up`,
        acceptedBy: { field: "controlPlane.allowOutage: true" },
        ...(draft.spec.controlPlane.allowOutage ? { accepted: true } : {}),
      }));
  },
};
