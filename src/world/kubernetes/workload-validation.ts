import { isEqualJson, isRecord, type JsonRecord, valueAt } from "../json.ts";
import { indexProblems, resizeProblems } from "./job-index-validation.ts";
import { policyProblems } from "./job-policy-validation.ts";
import { annotationsProblems, labelsProblems, selectorProblems } from "./names.ts";
import type { LabelSelector, Labels } from "./object-types.ts";
import { countsProblems, podSpecProblems, recordsAt } from "./pod-validation.ts";
import { bad, forbiddenField, immutable, internal, negative, required, unsupported } from "./problems.ts";
import { matchesSelector } from "./selectors.ts";
import { countProblems, deadlineProblems } from "./small-validation.ts";
import type { Problem } from "./status.ts";

export type WorkloadPlural = "deployments" | "replicasets" | "statefulsets" | "daemonsets" | "jobs";

/** Everything wrong with a workload's spec, in the server's order. Source: apps and batch validation. */
export function workloadProblems(plural: WorkloadPlural, spec: unknown): readonly Problem[] {
  switch (plural) {
    case "deployments":
      return [
        ...countsProblems(spec, "replicas"),
        ...requiredSelector(spec, "deployment"),
        ...templateProblems(spec, "ReplicaSet"),
        ...deploymentStrategyProblems(spec),
        ...countsProblems(spec, "minReadySeconds", "revisionHistoryLimit"),
        ...progressProblems(spec),
      ];
    case "replicasets":
      return [
        ...countsProblems(spec, "replicas", "minReadySeconds"),
        ...requiredSelector(spec, "deployment"),
        ...templateProblems(spec, "ReplicaSet"),
      ];
    case "statefulsets":
      return [
        ...statefulProblems(spec),
        ...countsProblems(spec, "replicas", "minReadySeconds"),
        ...requiredSelector(spec, "statefulset"),
        ...templateProblems(spec, "StatefulSet"),
      ];
    case "daemonsets":
      return daemonProblems(spec);
    case "jobs":
      return jobProblems(spec);
  }
}

/** The same, and what may not change. */
export function workloadUpdateProblems(
  plural: WorkloadPlural,
  spec: unknown,
  before: unknown,
): readonly Problem[] {
  const whole = workloadProblems(plural, spec);
  switch (plural) {
    case "daemonsets":
      return [...fixed(spec, before, "selector"), ...whole];
    case "statefulsets":
      return [...whole, ...statefulUpdateProblems(spec, before)];
    case "jobs":
      return [...whole, ...jobUpdateProblems(spec, before)];
    default:
      return [...whole, ...fixed(spec, before, "selector")];
  }
}

function fixed(spec: unknown, before: unknown, field: string): readonly Problem[] {
  const value = valueAt(spec, field);
  return isEqualJson(value, valueAt(before, field)) ? [] : [bad(`spec.${field}`, value, immutable)];
}

function isEmpty(selector: unknown): boolean {
  const count = (key: string): number => Object.keys(valueAt(selector, key) ?? {}).length;
  return count("matchLabels") + count("matchExpressions") === 0;
}

function requiredSelector(spec: unknown, owner: string): readonly Problem[] {
  const selector = valueAt(spec, "selector");
  if (selector === undefined) return [required("spec.selector")];
  const empty = isEmpty(selector)
    ? [bad("spec.selector", selector, `empty selector is invalid for ${owner}`)]
    : [];
  return [...selectorProblems("spec.selector", selector), ...empty];
}

function mismatch(spec: unknown): readonly Problem[] {
  const selector = valueAt(spec, "selector");
  const labels = valueAt(spec, "template", "metadata", "labels");
  const matches = matchesSelector(selector as LabelSelector | undefined, labels as Labels | undefined);
  const detail = "`selector` does not match template `labels`";
  return matches ? [] : [bad("spec.template.metadata.labels", labels, detail)];
}

function podTemplateProblems(spec: unknown): readonly Problem[] {
  const metadata = valueAt(spec, "template", "metadata");
  return [
    ...labelsProblems("spec.template.labels", valueAt(metadata, "labels")),
    ...annotationsProblems("spec.template.annotations", valueAt(metadata, "annotations")),
    ...podSpecProblems("spec.template.spec", valueAt(spec, "template", "spec"), claimVolumes(spec)),
  ];
}

/** A StatefulSet's pods have a volume for each claim template, of its name. */
function claimVolumes(spec: unknown): readonly JsonRecord[] {
  return recordsAt(spec, "volumeClaimTemplates").map((claim) => ({
    name: valueAt(claim, "metadata", "name"),
  }));
}

function templateProblems(spec: unknown, owner: string): readonly Problem[] {
  const podSpec = valueAt(spec, "template", "spec");
  const selector = valueAt(spec, "selector");
  const isJudged = selector === undefined || !isEmpty(selector);
  return [
    ...(isJudged ? mismatch(spec) : []),
    ...podTemplateProblems(spec),
    ...alwaysProblems(podSpec),
    ...deadlineProblems("spec.template.spec", podSpec, owner),
  ];
}

function alwaysProblems(podSpec: unknown): readonly Problem[] {
  const policy = valueAt(podSpec, "restartPolicy");
  return policy === "Always" ? [] : [unsupported("spec.template.spec.restartPolicy", policy, ["Always"])];
}

function isZero(value: unknown): boolean {
  return value === 0 || value === "0%" || value === undefined;
}

function deploymentStrategyProblems(spec: unknown): readonly Problem[] {
  const strategy = valueAt(spec, "strategy");
  const rolling = valueAt(strategy, "rollingUpdate");
  const path = "spec.strategy.rollingUpdate";
  switch (valueAt(strategy, "type")) {
    case "Recreate": {
      const detail = "may not be specified when strategy `type` is 'Recreate'";
      return rolling === undefined ? [] : [forbiddenField(path, detail)];
    }
    case "RollingUpdate": {
      const maxUnavailable = valueAt(rolling, "maxUnavailable");
      const maxSurge = valueAt(rolling, "maxSurge");
      const detail = "may not be 0 when `maxSurge` is 0";
      return [
        ...countProblems(`${path}.maxUnavailable`, maxUnavailable, false),
        ...countProblems(`${path}.maxSurge`, maxSurge, false),
        ...(isZero(maxUnavailable) && isZero(maxSurge)
          ? [bad(`${path}.maxUnavailable`, maxUnavailable, detail)]
          : []),
        ...countProblems(`${path}.maxUnavailable`, maxUnavailable, true).filter(({ message }) =>
          message.endsWith("100%"),
        ),
      ];
    }
    default:
      return [
        unsupported("spec.strategy", internal(strategy, "Type", "RollingUpdate"), [
          "Recreate",
          "RollingUpdate",
        ]),
      ];
  }
}

function progressProblems(spec: unknown): readonly Problem[] {
  const field = "spec.progressDeadlineSeconds";
  const deadline = valueAt(spec, "progressDeadlineSeconds");
  const minReady = valueAt(spec, "minReadySeconds") ?? 0;
  if (typeof deadline !== "number") return [];
  const isShort = deadline <= Number(minReady);
  return [
    ...negative(field, deadline),
    ...(isShort ? [bad(field, deadline, "must be greater than minReadySeconds")] : []),
  ];
}

function statefulProblems(spec: unknown): readonly Problem[] {
  const management = valueAt(spec, "podManagementPolicy");
  const strategy = valueAt(spec, "updateStrategy");
  const type = valueAt(strategy, "type");
  const rolling = valueAt(strategy, "rollingUpdate");
  const isKnown = management === "OrderedReady" || management === "Parallel";
  const field = "spec.updateStrategy";
  return [
    ...(isKnown ? [] : [bad("spec.podManagementPolicy", management, "must be 'OrderedReady' or 'Parallel'")]),
    ...(type === "OnDelete" && rolling !== undefined
      ? [
          bad(
            `${field}.rollingUpdate`,
            {
              Partition: valueAt(rolling, "partition") ?? 0,
              MaxUnavailable: valueAt(rolling, "maxUnavailable") ?? null,
            },
            "only allowed for updateStrategy 'RollingUpdate'",
          ),
        ]
      : []),
    ...(type === "RollingUpdate"
      ? negative(`${field}.rollingUpdate.partition`, valueAt(rolling, "partition"))
      : []),
    ...(type === "OnDelete" || type === "RollingUpdate"
      ? []
      : [bad(field, internal(strategy, "Type", "RollingUpdate"), "must be 'RollingUpdate' or 'OnDelete'")]),
  ];
}

const statefulChangeable = [
  "replicas",
  "template",
  "updateStrategy",
  "minReadySeconds",
  "ordinals",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
];

function statefulUpdateProblems(spec: unknown, before: unknown): readonly Problem[] {
  const rest = (value: unknown): unknown =>
    isRecord(value)
      ? Object.fromEntries(Object.entries(value).filter(([key]) => !statefulChangeable.includes(key)))
      : value;
  if (isEqualJson(rest(spec), rest(before))) return [];
  const detail =
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  return [forbiddenField("spec", detail)];
}

function daemonProblems(spec: unknown): readonly Problem[] {
  const selector = valueAt(spec, "selector");
  const podSpec = valueAt(spec, "template", "spec");
  const strategy = valueAt(spec, "updateStrategy");
  const isKnown = ["RollingUpdate", "OnDelete"].includes(String(valueAt(strategy, "type")));
  return [
    ...selectorProblems("spec.selector", selector),
    ...mismatch(spec),
    ...(selector !== undefined && isEmpty(selector)
      ? [bad("spec.selector", selector, "empty selector is invalid for daemonset")]
      : []),
    ...podTemplateProblems(spec),
    ...alwaysProblems(podSpec),
    ...deadlineProblems("spec.template.spec", podSpec, "DaemonSet"),
    ...countsProblems(spec, "minReadySeconds"),
    ...(isKnown
      ? []
      : [
          unsupported("spec.updateStrategy", internal(strategy, "Type", "RollingUpdate"), [
            "RollingUpdate",
            "OnDelete",
          ]),
        ]),
    ...countsProblems(spec, "revisionHistoryLimit"),
  ];
}

function jobProblems(spec: unknown): readonly Problem[] {
  const selector = valueAt(spec, "selector");
  return [
    ...countsProblems(
      spec,
      "parallelism",
      "completions",
      "activeDeadlineSeconds",
      "backoffLimit",
      "ttlSecondsAfterFinished",
    ),
    ...indexProblems(spec),
    ...policyProblems(spec),
    ...podTemplateProblems(spec),
    ...jobRestartProblems(valueAt(spec, "template", "spec", "restartPolicy")),
    ...(selector === undefined ? [required("spec.selector")] : selectorProblems("spec.selector", selector)),
    ...mismatch(spec),
  ];
}

function jobRestartProblems(policy: unknown): readonly Problem[] {
  const field = "spec.template.spec.restartPolicy";
  if (policy === "OnFailure" || policy === "Never") return [];
  if (policy === "Always") return [required(field, 'valid values: "OnFailure", "Never"')];
  return [unsupported(field, policy, ["OnFailure", "Never"])];
}

function jobUpdateProblems(spec: unknown, before: unknown): readonly Problem[] {
  const isSuspended = valueAt(before, "suspend") === true;
  return [
    ...(valueAt(spec, "completionMode") === "Indexed"
      ? resizeProblems(spec, before)
      : fixed(spec, before, "completions")),
    ...fixed(spec, before, "selector"),
    ...(isSuspended ? [] : fixed(spec, before, "template")),
    ...fixed(spec, before, "completionMode"),
    ...fixed(spec, before, "podFailurePolicy"),
    ...fixed(spec, before, "backoffLimitPerIndex"),
    ...fixed(spec, before, "successPolicy"),
  ];
}
