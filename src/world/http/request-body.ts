import { parse as parseYaml } from "yaml";
import type { Json } from "#gateway/wire.ts";

/** What the body says, or why it cannot be read. */
export type RequestBody =
  | { readonly kind: "body"; readonly body: Json | undefined; readonly contentType: string }
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

/** Reads a body by its content type; none is JSON. YAML other than of an apply goes on as JSON. */
export function parseRequestBody(text: string, header: string | undefined): RequestBody {
  const contentType = header?.split(";")[0]?.trim().toLowerCase() || "application/json";
  if (text === "") return { kind: "body", body: undefined, contentType };
  const isYaml = yamlTypes.has(contentType);
  if (!isYaml && !jsonTypes.has(contentType)) return { kind: "unsupported", contentType };
  try {
    const body = (isYaml ? parseYaml(text) : JSON.parse(text)) as Json;
    const plain = contentType === "application/yaml" || contentType === "application/x-yaml";
    return { kind: "body", body, contentType: plain ? "application/json" : contentType };
  } catch (error) {
    return { kind: "malformed", message: error instanceof Error ? error.message : String(error) };
  }
}
