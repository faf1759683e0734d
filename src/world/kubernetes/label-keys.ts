import type { LabelSelector, Labels } from "./object-types.ts";
import type { Affinity, PodAffinity, PodAffinityTerm, PodSpec } from "./pod-types.ts";

interface Keyed {
  readonly labelSelector?: LabelSelector;
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
}

const known = new WeakMap<PodSpec, Map<string, PodSpec>>();

/**
 * A new pod's spec with what matchLabelKeys and mismatchLabelKeys mean for its own labels in the selectors; the same
 * spec where it has none, and for pods of one template that are labelled alike. Source: registry/core/pod
 * mutatePodAffinity, mutateTopologySpreadConstraints.
 */
export function withLabelKeys(spec: PodSpec, labels: Labels): PodSpec {
  const { affinity, topologySpreadConstraints } = spec;
  if (affinity === undefined && topologySpreadConstraints === undefined) return spec;
  const terms: readonly Keyed[] = [...(topologySpreadConstraints ?? []), ...termsOf(affinity)];
  const keys = terms.flatMap(({ matchLabelKeys = [], mismatchLabelKeys = [] }) => [
    ...matchLabelKeys,
    ...mismatchLabelKeys,
  ]);
  if (keys.length === 0) return spec;
  const values = JSON.stringify(keys.map((key) => labels[key] ?? null));
  const cache = known.get(spec) ?? new Map<string, PodSpec>();
  known.set(spec, cache);
  const before = cache.get(values);
  if (before !== undefined) return before;
  const found = {
    ...spec,
    ...(affinity === undefined ? {} : { affinity: affinityWith(affinity, labels) }),
    ...(topologySpreadConstraints === undefined
      ? {}
      : { topologySpreadConstraints: topologySpreadConstraints.map((one) => keyed(one, labels)) }),
  };
  cache.set(values, found);
  return found;
}

function termsOf(affinity: Affinity | undefined): readonly PodAffinityTerm[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((rules) => [
    ...(rules?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(rules?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((one) => one.podAffinityTerm),
  ]);
}

function affinityWith({ podAffinity, podAntiAffinity, ...rest }: Affinity, labels: Labels): Affinity {
  return {
    ...rest,
    ...(podAffinity === undefined ? {} : { podAffinity: rulesWith(podAffinity, labels) }),
    ...(podAntiAffinity === undefined ? {} : { podAntiAffinity: rulesWith(podAntiAffinity, labels) }),
  };
}

function rulesWith(rules: PodAffinity, labels: Labels): PodAffinity {
  const {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred,
  } = rules;
  const soft = preferred?.map((one) => ({ ...one, podAffinityTerm: keyed(one.podAffinityTerm, labels) }));
  return {
    ...(required === undefined
      ? {}
      : { requiredDuringSchedulingIgnoredDuringExecution: required.map((one) => keyed(one, labels)) }),
    ...(soft === undefined ? {} : { preferredDuringSchedulingIgnoredDuringExecution: soft }),
  };
}

function keyed<T extends Keyed>(term: T, labels: Labels): T {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  if (labelSelector === undefined) return term;
  const more = [...wanted(matchLabelKeys, "In", labels), ...wanted(mismatchLabelKeys, "NotIn", labels)];
  if (more.length === 0) return term;
  const matchExpressions = [...(labelSelector.matchExpressions ?? []), ...more];
  return { ...term, labelSelector: { ...labelSelector, matchExpressions } };
}

type Expression = NonNullable<LabelSelector["matchExpressions"]>[number];

function wanted(keys: readonly string[], operator: "In" | "NotIn", labels: Labels): readonly Expression[] {
  return keys.flatMap((key) => {
    const value = labels[key];
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
}
