import type { NodeSelectorTerm, Separation, Toleration } from "#model/objects.ts";
import type { Selector, SelectorRequirement } from "#model/selector.ts";
import { field, items, text, wholeNumber } from "./foreign.ts";
import { projectNodeSelectorTerms, projectSelector } from "./project-selector.ts";

type Labels = Readonly<Record<string, string>>;

export function projectNodeAffinity(spec: unknown): readonly NodeSelectorTerm[] {
  const affinity = field(spec, "affinity", "nodeAffinity");
  return projectNodeSelectorTerms(field(affinity, "requiredDuringSchedulingIgnoredDuringExecution"));
}

/** matchLabelKeys: pods that share this pod's values of those labels. */
function narrowed(term: unknown, labels: Labels): Selector {
  const shared = items(field(term, "matchLabelKeys")).flatMap((entry): SelectorRequirement[] => {
    const key = text(entry);
    const value = labels[key];
    return value === undefined ? [] : [{ key, operator: "In", values: [value] }];
  });
  return { requirements: [...projectSelector(field(term, "labelSelector")).requirements, ...shared] };
}

/** Terms about other namespaces only do not keep this pod from its own kind. */
function concernsNamespace(term: unknown, namespace: string): boolean {
  const namespaces = items(field(term, "namespaces"));
  const open = namespaces.length === 0 || field(term, "namespaceSelector") !== undefined;
  return open || namespaces.includes(namespace);
}

/** Only what is required: preferences never keep a pod from a node. */
export function projectSeparations(spec: unknown, namespace: string, labels: Labels): readonly Separation[] {
  const antiAffinity = items(
    field(spec, "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution"),
  ).filter((term) => concernsNamespace(term, namespace));
  const spread = items(field(spec, "topologySpreadConstraints")).filter(
    (constraint) => field(constraint, "whenUnsatisfiable") === "DoNotSchedule",
  );
  return [
    ...antiAffinity.map((term): Separation => {
      const topologyKey = text(field(term, "topologyKey"));
      return { kind: "antiAffinity", topologyKey, selector: narrowed(term, labels), maxSkew: 1 };
    }),
    ...spread.map((constraint): Separation => {
      const topologyKey = text(field(constraint, "topologyKey"));
      const maxSkew = wholeNumber(field(constraint, "maxSkew"), 1);
      return { kind: "spread", topologyKey, selector: narrowed(constraint, labels), maxSkew };
    }),
  ];
}

/** A toleration with an operator that dextre does not know tolerates nothing here. */
export function projectTolerations(spec: unknown): readonly Toleration[] {
  return items(field(spec, "tolerations")).flatMap((toleration): Toleration[] => {
    const operator = field(toleration, "operator") ?? "Equal";
    if (operator !== "Equal" && operator !== "Exists") return [];
    return [
      {
        key: text(field(toleration, "key")),
        operator,
        value: text(field(toleration, "value")),
        effect: text(field(toleration, "effect")),
      },
    ];
  });
}
