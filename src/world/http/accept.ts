/** What the client wants to read. */
export type Wanted =
  | { readonly kind: "object" }
  | { readonly kind: "table"; readonly version: "v1" | "v1beta1" }
  | { readonly kind: "metadata"; readonly isList: boolean }
  | { readonly kind: "discovery"; readonly version: "v2" | "v2beta1" }
  | { readonly kind: "nothing" };

interface MediaRange {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The first thing in the Accept header that the server has; JSON only. Quality values are not looked at:
 * clients of Kubernetes write what they like best first.
 */
export function negotiate(accept: string | undefined): Wanted {
  if (accept === undefined || accept.trim() === "") return { kind: "object" };
  for (const range of accept.split(",").map(parseRange)) {
    const wanted = understand(range);
    if (wanted !== undefined) return wanted;
  }
  return { kind: "nothing" };
}

function parseRange(text: string): MediaRange {
  const [type = "", ...rest] = text.split(";").map((part) => part.trim());
  const parameters = Object.fromEntries(
    rest.map((part) => {
      const [name = "", value = ""] = part.split("=");
      return [name.trim(), value.trim()];
    }),
  );
  return { type: type.toLowerCase(), parameters };
}

function understand({ type, parameters }: MediaRange): Wanted | undefined {
  if (!["application/json", "application/*", "*/*"].includes(type)) return undefined;
  const { as, g, v } = parameters;
  if (as === undefined) return { kind: "object" };
  if (as === "Table" && g === "meta.k8s.io" && (v === "v1" || v === "v1beta1"))
    return { kind: "table", version: v };
  if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") {
    return v === "v1" ? { kind: "metadata", isList: as.endsWith("List") } : undefined;
  }
  if (as === "APIGroupDiscoveryList" && (v === "v2" || v === "v2beta1"))
    return { kind: "discovery", version: v };
  return undefined;
}
