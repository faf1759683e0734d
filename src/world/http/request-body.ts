import { parse as parseYaml } from "yaml";
import type { Json } from "#gateway/wire.ts";
import { duplicateFields } from "./duplicate-fields.ts";
import { readProtobufObject } from "./protobuf-object.ts";

/** What the body says, or why it cannot be read. */
export type RequestBody =
  | {
      readonly kind: "body";
      readonly body: Json | undefined;
      readonly contentType: string;
      /** Fields that are said more than once. Not looked for in a patch. */
      readonly duplicates?: readonly string[];
    }
  | { readonly kind: "unsupported"; readonly contentType: string }
  | { readonly kind: "malformed"; readonly message: string };

const jsonTypes: ReadonlySet<string> = new Set([
  "application/json",
  "application/merge-patch+json",
  "application/json-patch+json",
  "application/strategic-merge-patch+json",
]);
const yamlTypes: ReadonlySet<string> = new Set([
  "application/yaml",
  "application/x-yaml",
  "application/apply-patch+yaml",
]);

const protobufType = "application/vnd.kubernetes.protobuf";
/** These say how the body is written; the others, that it is a patch of some form, too. */
const plainTypes: ReadonlySet<string> = new Set([protobufType, "application/yaml", "application/x-yaml"]);

/** Reads a body by its content type; none is JSON. What is written otherwise goes on as JSON. */
export function parseRequestBody(bytes: Buffer, header: string | undefined): RequestBody {
  const contentType = header?.split(";")[0]?.trim().toLowerCase() || "application/json";
  if (bytes.length === 0) return { kind: "body", body: undefined, contentType };
  const isText = jsonTypes.has(contentType) || yamlTypes.has(contentType);
  if (!isText && contentType !== protobufType) return { kind: "unsupported", contentType };
  try {
    const body = isText ? parseText(bytes.toString("utf8"), contentType) : readProtobufObject(bytes);
    const known = plainTypes.has(contentType) ? "application/json" : contentType;
    const duplicates = contentType === "application/json" ? duplicateFields(bytes.toString("utf8")) : [];
    return { kind: "body", body: body as Json, contentType: known, duplicates };
  } catch (error) {
    return { kind: "malformed", message: error instanceof Error ? error.message : String(error) };
  }
}

function parseText(text: string, contentType: string): unknown {
  return yamlTypes.has(contentType) ? parseYaml(text) : JSON.parse(text);
}
