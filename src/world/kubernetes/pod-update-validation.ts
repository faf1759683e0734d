import { isEqualJson, isRecord, type JsonRecord, valueAt } from "../json.ts";
import type { Resource } from "./object-types.ts";
import { podSpecProblems, recordsAt } from "./pod-validation.ts";
import { bad, forbiddenField, required } from "./problems.ts";
import type { Problem } from "./status.ts";

const changeable = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

/**
 * What a pod's spec may become. The real sentence goes on with a diff of the two specs, this one does not.
 * Source: core validation.ValidatePodUpdate.
 */
export function podUpdateProblems(spec: unknown, before: unknown): readonly Problem[] {
  if (isEqualJson(spec, before)) return [];
  const whole = [...podSpecProblems("spec", spec), ...paddedImageProblems(spec)];
  for (const list of ["containers", "initContainers"]) {
    if (recordsAt(spec, list).length === recordsAt(before, list).length) continue;
    return [...whole, forbiddenField(`spec.${list}`, "pod updates may not add or remove containers")];
  }
  const problems = [
    ...whole,
    ...imageProblems(spec),
    ...deadlineProblems(spec, before),
    ...tolerationsProblems(spec, before),
  ];
  if (isEqualJson(munged(spec, before), before)) return problems;
  return [
    ...problems,
    forbiddenField("spec", `pod updates may not change fields other than ${changeable}\n`),
  ];
}

const mirror = "kubernetes.io/config.mirror";

/** A pod is the picture of a file on its node from the beginning, or never. Source: ValidatePodSpecificAnnotationUpdates. */
export function mirrorProblems(object: Resource, current: Resource): readonly Problem[] {
  const [next, last] = [object, current].map(({ metadata }) => metadata.annotations?.[mirror]);
  if (next === last) return [];
  const what = last === undefined ? "add" : "remove or update";
  return [forbiddenField(`metadata.annotations[${mirror}]`, `may not ${what} mirror pod annotation`)];
}

function imageProblems(spec: unknown): readonly Problem[] {
  const missing = recordsAt(spec, "containers").flatMap(({ image }, index) =>
    (image ?? "") === "" ? [required(`spec.containers[${index}].image`)] : [],
  );
  return [...missing, ...paddedImageProblems(spec)];
}

/** Templates may have such images. Source: core validation.validateContainersOnlyForPod. */
export function paddedImageProblems(spec: unknown): readonly Problem[] {
  return ["containers", "initContainers"].flatMap((list) =>
    recordsAt(spec, list).flatMap(({ image = "" }, index) =>
      String(image) === String(image).trim()
        ? []
        : [bad(`spec.${list}[${index}].image`, image, "must not have leading or trailing whitespace")],
    ),
  );
}

function deadlineProblems(spec: unknown, before: unknown): readonly Problem[] {
  const next = valueAt(spec, "activeDeadlineSeconds");
  const last = valueAt(before, "activeDeadlineSeconds");
  if (typeof last !== "number" || next === last) return [];
  const field = "spec.activeDeadlineSeconds";
  if (next === undefined)
    return [bad(field, undefined, "must not update from a positive integer to nil value")];
  return Number(next) > last ? [bad(field, next, "must be less than or equal to previous value")] : [];
}

function tolerationsProblems(spec: unknown, before: unknown): readonly Problem[] {
  const strip = ({ tolerationSeconds: _seconds, ...rest }: JsonRecord): JsonRecord => rest;
  const next = recordsAt(spec, "tolerations").map(strip);
  const isKept = recordsAt(before, "tolerations").every((old) =>
    next.some((one) => isEqualJson(strip(old), one)),
  );
  const detail = "existing toleration can not be modified except its tolerationSeconds";
  return isKept ? [] : [forbiddenField("spec.tolerations", detail)];
}

/** The new spec with the old values where a change is allowed. */
function munged(spec: unknown, before: unknown): unknown {
  if (!isRecord(spec) || !isRecord(before)) return spec;
  const result: Record<string, unknown> = { ...spec };
  for (const list of ["containers", "initContainers"]) {
    const old = recordsAt(before, list);
    if (result[list] === undefined) continue;
    result[list] = recordsAt(spec, list).map((container, index) => ({
      ...container,
      image: old[index]?.image,
    }));
  }
  for (const key of ["activeDeadlineSeconds", "schedulingGates", "tolerations"]) {
    if (before[key] === undefined) delete result[key];
    else result[key] = before[key];
  }
  const grace = before.terminationGracePeriodSeconds;
  if (typeof grace === "number" && grace < 0 && result.terminationGracePeriodSeconds === 1) {
    result.terminationGracePeriodSeconds = grace;
  }
  return result;
}
