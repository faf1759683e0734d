import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "#model/plan.ts";
import type { Workplace } from "./roll.ts";
import type { ProgramEnd } from "./run-program.ts";
import { type PodState, replay, type Timeline } from "./timeline.ts";

/** A spec as JSON, which is YAML too, written into the workplace and planned there. */
export async function planSpec(
  place: Workplace,
  name: string,
  spec: Readonly<Record<string, unknown>>,
): Promise<Plan> {
  const file = join(place.folder, `${name}.yaml`);
  const document = { apiVersion: "dextre.dev/v1alpha1", kind: "Upgrade", metadata: { name }, spec };
  writeFileSync(file, JSON.stringify(document));
  return place.plan(file);
}

/** Names of the plan's nodes, in its order. */
export function nodesInOrder(plan: Plan): readonly string[] {
  return plan.content.steps.flatMap((step) => (step.kind === "CordonNode" ? [step.target.name] : []));
}

/** "namespace/name" of the pods that the plan moves from a node, in its order. */
export function podsInOrder(plan: Plan, node: string): readonly string[] {
  return plan.content.steps.flatMap((step) =>
    step.kind === "EvictPod" && step.target.node === node
      ? [`${step.target.namespace}/${step.target.name}`]
      : [],
  );
}

export const said = ({ stdout, stderr }: ProgramEnd): string => stdout + stderr;

/** The pods that began to end, with the revision at which they did, in the server's order. */
export function endings(
  timeline: Timeline,
): readonly { readonly pod: PodState; readonly revision: number }[] {
  const found: { pod: PodState; revision: number }[] = [];
  replay(timeline, {
    before: (moment, { state, change, revision }) => {
      if (state.kind !== "Pod") return;
      const before = moment.pods.get(state.uid);
      const ends = state.terminating || change === "deleted";
      if (before && !before.terminating && ends) found.push({ pod: before, revision });
    },
  });
  return found;
}

/** A node at the moment at which it was cordoned, and how many mirror pods were Ready on the nodes that stood. */
export interface Cordon {
  readonly node: string;
  readonly otherCordons: number;
  readonly readyNodes: number;
  readonly readyMirrorPods: number;
}

/** Every cordon in the server's order; only nodes named by `among` count. */
export function cordons(timeline: Timeline, among: (providerId: string) => boolean): readonly Cordon[] {
  const found: Cordon[] = [];
  replay(timeline, {
    before: (moment, { state }) => {
      if (state.kind !== "Node" || !state.cordoned || moment.nodes.get(state.uid)?.cordoned !== false) return;
      const nodes = [...moment.nodes.values()].filter(({ providerId }) => among(providerId));
      const standing = new Set(nodes.map(({ name }) => name));
      const mirrors = [...moment.pods.values()].filter(
        ({ owner, node, ready }) => ready && owner.startsWith("Node ") && standing.has(node ?? ""),
      );
      found.push({
        node: state.name,
        otherCordons: nodes.filter(({ cordoned }) => cordoned).length,
        readyNodes: nodes.filter(({ ready }) => ready).length,
        readyMirrorPods: mirrors.length,
      });
    },
  });
  return found;
}
