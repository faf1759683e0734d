import type { Selector } from "#model/selector.ts";
import type { Spec, Target } from "#model/spec.ts";
import { SPEC_DEFAULTS } from "./defaults.ts";
import { parseDuration } from "./duration.ts";
import type { LabelSelector, Target as RawTarget, Upgrade, UpgradeSpec } from "./generated/spec-types.ts";
import { readSelector } from "./read-selector.ts";

/** The spec with every default written out. `raw` has passed the schema and every check. */
export function resolveSpec(raw: UpgradeSpec): Spec {
  const { spec } = raw;
  return {
    name: raw.metadata.name,
    targets: spec.targets.map(resolveTarget),
    order: {
      nodes: spec.order?.nodes ?? SPEC_DEFAULTS.order.nodes,
      pods: spec.order?.pods ?? SPEC_DEFAULTS.order.pods,
    },
    limits: resolveLimits(spec),
    replace: { mode: spec.replace?.mode ?? SPEC_DEFAULTS.replace.mode },
    pods: resolvePodPolicies(spec),
    nodes: {
      stableForSeconds: secondsOf(spec.nodes?.stableFor ?? SPEC_DEFAULTS.nodes.stableFor),
      unreachable: spec.nodes?.unreachable ?? SPEC_DEFAULTS.nodes.unreachable,
    },
    controlPlane: { allowOutage: spec.controlPlane?.allowOutage ?? SPEC_DEFAULTS.controlPlane.allowOutage },
    timeouts: resolveTimeouts(spec),
    aws: { region: spec.aws?.region ?? null, cluster: spec.aws?.cluster ?? null },
  };
}

function resolveTarget(raw: RawTarget): Target {
  switch (raw.kind) {
    case "Nodes":
      return {
        kind: "Nodes",
        role: raw.role ?? null,
        selector: raw.selector === undefined ? null : selectorOf(raw.selector),
        groups: raw.groups ?? [],
        names: raw.names ?? [],
        exclude: raw.exclude === undefined ? null : selectorOf(raw.exclude),
      };
    case "Pods":
      return { kind: "Pods", namespaces: raw.namespaces, selector: selectorOf(raw.selector) };
  }
}

function resolveLimits({ limits }: Upgrade): Spec["limits"] {
  return {
    maxUnavailableNodes: Number(limits?.maxUnavailableNodes ?? SPEC_DEFAULTS.limits.maxUnavailableNodes),
    podsInParallel: Number(limits?.podsInParallel ?? SPEC_DEFAULTS.limits.podsInParallel),
    maxDiscovered: limits?.maxDiscovered ?? null,
  };
}

function resolvePodPolicies({ pods }: Upgrade): Spec["pods"] {
  return {
    unmanaged: pods?.unmanaged ?? SPEC_DEFAULTS.pods.unmanaged,
    localStorage: pods?.localStorage ?? SPEC_DEFAULTS.pods.localStorage,
    jobs: pods?.jobs ?? SPEC_DEFAULTS.pods.jobs,
    unplaceable: pods?.unplaceable ?? SPEC_DEFAULTS.pods.unplaceable,
    stableForSeconds: secondsOf(pods?.stableFor ?? SPEC_DEFAULTS.pods.stableFor),
    gracePeriodSeconds: pods?.gracePeriod === undefined ? null : secondsOf(pods.gracePeriod),
  };
}

function resolveTimeouts({ timeouts }: Upgrade): Spec["timeouts"] {
  return {
    evictionSeconds: secondsOf(timeouts?.eviction ?? SPEC_DEFAULTS.timeouts.eviction),
    replacementSeconds: secondsOf(timeouts?.replacement ?? SPEC_DEFAULTS.timeouts.replacement),
    nodeSeconds: secondsOf(timeouts?.node ?? SPEC_DEFAULTS.timeouts.node),
  };
}

function secondsOf(text: string): number {
  const parsed = parseDuration(text);
  if (parsed.kind === "faulty") throw new Error(`an unchecked duration: ${parsed.message}`);
  return parsed.seconds;
}

function selectorOf(raw: LabelSelector): Selector {
  const read = readSelector(raw, [], true);
  if (read.kind === "faulty") throw new Error("an unchecked selector");
  return read.selector;
}
