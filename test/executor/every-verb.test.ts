import { describe, expect, it } from "vitest";
import { describeFailure } from "#cli/describe-failure.ts";
import { planAgainst } from "#cli/make-plan-document.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { RunEnd } from "#model/run.ts";
import { loadSpec } from "#schema/load-spec.ts";
import { nameOfRight, namesRight, type Right, shippedRights } from "#test/builders/shipped-rights.ts";
import type { Process } from "#test/simulation/process.ts";
import { Universe } from "#test/simulation/universe.ts";
import { smallWorld } from "#test/world/support.ts";

const SPEC = `apiVersion: dextre.dev/v1alpha1
kind: Upgrade
metadata: {name: roll}
spec:
  targets: [{kind: Nodes, role: node}]
`;

/** plan, then apply, as one user: how it ended. */
async function planAndApply(universe: Universe, process: Process): Promise<RunEnd | { error: unknown }> {
  const loaded = loadSpec(SPEC, "spec.yaml");
  if (loaded.kind === "faulty") throw new Error("the spec is faulty");
  try {
    const plan = await planAgainst(loaded.spec, {
      world: { cluster: process.cluster, clock: process.client.clock, contextName: "embedded" },
      region: () => "eu-west-1",
      scaling: async () => process.scaling,
      expiresInSeconds: 3600,
    });
    return await universe.apply(process, plan);
  } catch (error) {
    return { error };
  }
}

/** Outside of virtual time: the words of an error are loaded when they are needed. */
async function inWords(end: RunEnd | { error: unknown }): Promise<{ exit: number; text: string }> {
  if (!("error" in end)) return { exit: end.exit, text: end.message };
  const { exit, diagnostics } = await describeFailure(end.error);
  return { exit, text: diagnostics.map(({ message }) => message).join("\n") };
}

describe("without one right of deploy/rbac.yaml, plan or apply ends with 3 and names it, and nothing was changed:", () => {
  it.each(shippedRights().map((right) => [nameOfRight(right), right] as const))(
    "%s",
    async (_name, right) => {
      const world = smallWorld();
      const universe = new Universe(world, 1);
      const { verb, group, resource, subresource } = right;
      world.cluster.denials.push({ verb, group, resource, subresource });
      const writes: string[] = [];
      world.onRequest(({ request }) => {
        if (request.kind !== "kubernetes" || request.request.path.endsWith("accessreviews")) return;
        if (request.request.method !== "GET") writes.push(request.request.path);
      });
      const end = await universe.driver.run(() => planAndApply(universe, universe.start()));
      const { exit, text } = await inWords(end);
      expect(exit).toBe(EXIT.refused);
      expect(text).toMatch(namesRight(right));
      expect(writes).toEqual([]);
    },
  );
});

/** Of "get, create leases.coordination.k8s.io in namespace dextre-system", "watch nodes, pods". */
function grantsRight(clause: string, right: Right): boolean {
  const [, verbs = "", kinds = ""] = /^((?:[a-z]+, )*[a-z]+) (.*?)(?: in namespace \S+)?$/.exec(clause) ?? [];
  const kind =
    nameOfRight(right).slice(right.verb.length + 1) + (right.group === "" ? "" : `.${right.group}`);
  return verbs.split(", ").includes(right.verb) && kinds.split(", ").includes(kind);
}

describe("whoever has the rights of dextre-plan alone", () => {
  it("gets a plan that can be applied and names in one warning what apply needs", async () => {
    const world = smallWorld();
    const universe = new Universe(world, 1);
    await universe.driver.run(async () => {
      const others = shippedRights().filter(({ role }) => role !== "dextre-plan");
      for (const { verb, group, resource, subresource } of others)
        world.cluster.denials.push({ verb, group, resource, subresource });
      const { cluster, client, scaling } = universe.start();
      const loaded = loadSpec(SPEC, "spec.yaml");
      if (loaded.kind === "faulty") throw new Error("the spec is faulty");
      const { content } = await planAgainst(loaded.spec, {
        world: { cluster, clock: client.clock, contextName: "embedded" },
        region: () => "eu-west-1",
        scaling: async () => scaling,
        expiresInSeconds: 3600,
      });
      expect(content.applyable).toBe(true);
      const warnings = content.warnings.filter(({ code }) => code === "W-PERMISSION-APPLY");
      expect(warnings).toHaveLength(1);
      const [, missing = ""] = /may not (.*); apply needs it/.exec(warnings[0]?.message ?? "") ?? [];
      const clauses = missing.split(", nor ");
      const unnamed = others.filter((right) => !clauses.some((clause) => grantsRight(clause, right)));
      expect(unnamed.map(nameOfRight)).toEqual([]);
    });
  });
});
