import type { Diagnostic, SourcePlace } from "#model/diagnostic.ts";
import { parseJson } from "./parse-json.ts";

export type PlanJson =
  | { readonly kind: "ok"; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: "faulty"; readonly diagnostic: Diagnostic };

const AGAIN = "make a new plan from the spec";

/** The data of a plan file, or why it is none: each way to spoil a file has its own sentence. */
export function readPlanJson(text: string, fileName: string): PlanJson {
  const clean = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const spoiled = recognizeOtherText(clean, fileName);
  if (spoiled) return { kind: "faulty", diagnostic: spoiled };
  const parsed = parseJson(clean);
  if (parsed.kind === "faulty") {
    const place = placeOf(clean, fileName, parsed.offset);
    return { kind: "faulty", diagnostic: { ...describe(parsed.fault, parsed.key, fileName), place } };
  }
  const { value } = parsed;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const fields = value as Readonly<Record<string, unknown>>;
    if (fields.kind === "Plan") return { kind: "ok", value: fields };
  }
  const diagnostic = notAPlan(`${fileName} is JSON, but not a plan`, "give the file that dextre plan wrote");
  return { kind: "faulty", diagnostic };
}

function notAPlan(message: string, help: string, place?: SourcePlace): Diagnostic {
  return { code: "E-PLAN-NOT-A-PLAN", message, help, ...(place ? { place } : {}) };
}

function recognizeOtherText(text: string, fileName: string): Diagnostic | undefined {
  if (text.trim() === "")
    return notAPlan(`${fileName} is empty`, "perhaps the plan command failed: run it again");
  if (text.includes("\u0000")) {
    return notAPlan(`${fileName} is not UTF-8 text`, "write it with --out, not with a shell that recodes it");
  }
  const marker = /^(?:<{7}|>{7}|={7}|\|{7})(?: .*)?\r?$/m.exec(text);
  if (marker) {
    const place = placeOf(text, fileName, marker.index);
    return notAPlan(
      `${fileName} holds a merge conflict`,
      "two plans cannot be merged: make a new one",
      place,
    );
  }
  if (/^(?:#.*\n|\s*\n)*apiVersion:/.test(text)) {
    return notAPlan(`${fileName} is a spec, not a plan`, `make its plan first: dextre plan -f ${fileName}`);
  }
  if (/^Plan \S+ ·/.test(text)) {
    return notAPlan(`${fileName} is a plan's view for people`, "plan prints JSON with -o json");
  }
  return undefined;
}

function describe(fault: "cut" | "syntax" | "repeated" | "deep", key: string, fileName: string): Diagnostic {
  switch (fault) {
    case "cut":
      return notAPlan(
        `${fileName} is cut short`,
        "perhaps a disk was full or a download ended early: copy it again",
      );
    case "syntax":
      return notAPlan(`${fileName} is not valid JSON`, AGAIN);
    case "repeated":
      return {
        ...notAPlan(`${fileName} has the key "${key}" twice in one object`, AGAIN),
        code: "E-PLAN-EDITED",
      };
    case "deep":
      return notAPlan(`${fileName} is nested deeper than any plan`, AGAIN);
  }
}

function placeOf(text: string, file: string, offset: number): SourcePlace {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  const lineText = (text.slice(lineStart).split("\n", 1)[0] ?? "").replace(/\r$/, "");
  const line = before.split("\n").length;
  return { file, line, column: offset - lineStart + 1, length: 1, lineText };
}
