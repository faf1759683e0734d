import { isRecord, valueAt } from "../json.ts";
import { DecodeError, decode } from "./decoding.ts";
import { applyDefaults } from "./defaults.ts";
import { apiVersionOf, type KindInfo } from "./kinds.ts";
import type { Draft } from "./pod-defaults.ts";
import { bad } from "./problems.ts";
import { allInvalid, badRequest, type ServerAnswer } from "./status.ts";

/** An object as the server understood it, with its defaults; or the answer that refuses it. */
export type Reading =
  | { readonly kind: "read"; readonly draft: Draft; readonly warnings: readonly string[] }
  | { readonly kind: "refused"; readonly answer: ServerAnswer };

/** What a client wants done about unknown fields: the query parameter fieldValidation. */
export type FieldValidation = "Ignore" | "Warn" | "Strict";

export function fieldValidationOf(query: Readonly<Record<string, string>> | undefined): FieldValidation {
  const wanted = query?.fieldValidation;
  return wanted === "Ignore" || wanted === "Strict" ? wanted : "Warn";
}

/** Reads the body of a POST or PUT. Errors are 400. */
export function readBody(info: KindInfo, body: unknown, validation: FieldValidation): Reading {
  const refused = refuseType(info, body);
  if (refused !== undefined) return { kind: "refused", answer: refused };
  const version = info.version;
  return read(info, body, validation, (error) =>
    badRequest(`${info.kind} in version "${version}" cannot be handled as a ${info.kind}: ${error}`),
  );
}

/** Reads what a patch made of an object. Errors are 422 and blame the patch. */
export function readPatched(info: KindInfo, patched: unknown, validation: FieldValidation): Reading {
  const refuse = (error: string): ServerAnswer =>
    allInvalid({ kind: "", group: "" }, "", [bad("patch", JSON.stringify(patched), error)]);
  const other = refuseType(info, patched);
  if (other !== undefined) return { kind: "refused", answer: refuse(String(valueAt(other.body, "message"))) };
  return read(info, patched, validation, refuse);
}

function read(
  info: KindInfo,
  body: unknown,
  validation: FieldValidation,
  refuse: (error: string) => ServerAnswer,
): Reading {
  try {
    const { value, unknownFields } = decode(info.kind, isRecord(body) ? body : {});
    const unknown = unknownFields.map((field) => `unknown field "${field}"`);
    if (validation === "Strict" && unknown.length > 0) {
      return { kind: "refused", answer: refuse(`strict decoding error: ${unknown.join(", ")}`) };
    }
    const draft: Draft = { ...value };
    applyDefaults(info, draft);
    return { kind: "read", draft, warnings: validation === "Warn" ? unknown : [] };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { kind: "refused", answer: refuse(error.message) };
  }
}

function refuseType(info: KindInfo, body: unknown): ServerAnswer | undefined {
  if (!isRecord(body)) {
    return badRequest(
      `the object provided is unrecognized (must be of type ${info.kind}): couldn't get version/kind; json parse error: the body is no object`,
    );
  }
  const { kind = info.kind, apiVersion = apiVersionOf(info) } = body;
  if (kind === info.kind && apiVersion === apiVersionOf(info)) return undefined;
  if (kind === info.kind) {
    const version = String(apiVersion);
    return badRequest(
      `${info.kind} in version "${version}" cannot be handled as a ${info.kind}: no kind "${info.kind}" is registered for version "${version}" in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  const version = String(apiVersion).split("/").at(-1) ?? "";
  const family = info.group === "" ? "core" : (info.group.split(".")[0] ?? "");
  return badRequest(
    `${String(kind)} in version "${version}" cannot be handled as a ${info.kind}: converting (${version}.${String(kind)}) to (${family}.${info.kind}): unknown conversion`,
  );
}

/** Headers are bounded: a client may refuse an answer with larger ones. */
const mostWarnings = 20;

/** The answer with a Warning header for each text, which clients show to people. Headers are ASCII. */
export function withWarnings(answer: ServerAnswer, warnings: readonly string[]): ServerAnswer {
  if (warnings.length === 0) return answer;
  const warning = warnings
    .slice(0, mostWarnings)
    .map((text) => `299 - ${JSON.stringify(text.replaceAll(/[^ -~]/g, "?"))}`)
    .join(", ");
  return { ...answer, headers: { ...answer.headers, warning } };
}
