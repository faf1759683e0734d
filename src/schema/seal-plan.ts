import { PLAN_FORMAT_VERSION, type Plan, type PlanContent, type PlanMeta } from "#model/plan.ts";
import { canonicalJson, canonicalObject } from "./canonical-json.ts";
import { sha256 } from "./digest.ts";
import { formatPlan } from "./format-plan.ts";

// Apart from reading plan files: whoever makes one does not wait until the validator is loaded.

/** A plan with its digest (over content) and checksum (over all the rest too). */
export function sealPlan(content: PlanContent, meta: PlanMeta): Plan {
  const text = canonicalJson(content);
  const around = { formatVersion: PLAN_FORMAT_VERSION, kind: "Plan", digest: sha256(text), meta } as const;
  const checksum = sha256(canonicalObject({ ...around, content }, new Map([["content", text]])));
  return { ...around, content, checksum };
}

/** The bytes of a plan file: same content and meta, same bytes, whatever order their keys were made in. */
export function encodePlan(content: PlanContent, meta: PlanMeta): string {
  return formatPlan(sealPlan(content, meta));
}
