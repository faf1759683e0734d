import { describe, expect, it } from "vitest";
import type { Node } from "#model/objects.ts";
import { instanceIdOf, zoneOf } from "#rules/instance-id.ts";
import { hasRole, isControlPlane, rolesOf } from "#rules/roles.ts";
import { aNode } from "#test/builders/a-node.ts";

const labelled = (labels: Record<string, string>): Node => ({ ...aNode(), labels });

describe("a node's roles", () => {
  it("come from node-role.kubernetes.io/R with any value, and from kubernetes.io/role=R", () => {
    const node = labelled({
      "node-role.kubernetes.io/node": "",
      "node-role.kubernetes.io/infra": "true",
      "kubernetes.io/role": "edge",
    });
    expect(rolesOf(node)).toEqual(["edge", "infra", "node"]);
  });

  it("are none where neither label is set, as on EKS", () => {
    expect(rolesOf(labelled({ "kubernetes.io/os": "linux" }))).toEqual([]);
  });

  it("treat master and control-plane as one", () => {
    const old = labelled({ "kubernetes.io/role": "master" });
    expect(hasRole(old, "control-plane")).toBe(true);
    expect(hasRole(labelled({ "node-role.kubernetes.io/control-plane": "" }), "master")).toBe(true);
    expect(
      rolesOf(
        labelled({ "node-role.kubernetes.io/master": "", "node-role.kubernetes.io/control-plane": "" }),
      ),
    ).toEqual(["control-plane"]);
  });

  it.each(["control-plane", "master", "apiserver"])("%s belongs to the control plane", (role) => {
    expect(isControlPlane(labelled({ [`node-role.kubernetes.io/${role}`]: "" }))).toBe(true);
  });

  it("node does not", () => {
    expect(isControlPlane(aNode())).toBe(false);
  });
});

describe("a node's instance", () => {
  it.each([
    ["aws:///eu-west-1a/i-0abc", "i-0abc"],
    ["aws:////i-0abc", "i-0abc"],
    ["aws:///eu-west-1a/fargate-ip-10-0-1-4", ""],
    ["gce://project/zone/instance", ""],
    ["", ""],
  ])("in %s is %s", (providerId, id) => {
    expect(instanceIdOf(aNode({ providerId }))).toBe(id);
  });

  it("tells the zone where the label does not", () => {
    expect(zoneOf({ ...labelled({}), providerId: "aws:///eu-west-1b/i-0abc" })).toBe("eu-west-1b");
    expect(zoneOf(labelled({ "topology.kubernetes.io/zone": "z", other: "" }))).toBe("z");
    expect(zoneOf({ ...labelled({}), providerId: "" })).toBe("");
  });
});
