import type { ApiGroupVersion, ApiResource } from "#world/http/discovery/api-resources.ts";
import { schemasOf } from "./schemas.ts";

/** Parameters of every write that kubectl looks for before it sends them. */
const writeParameters = ["dryRun", "fieldManager", "fieldValidation"].map((name) => ({
  name,
  in: "query",
  schema: { type: "string", uniqueItems: true },
}));

const content = { "application/json": { schema: { type: "object" } } };
const responses = { "200": { description: "OK", content } };

/** The OpenAPI v3 document of one group and version, mounted at `root`. */
export function groupDocument(served: ApiGroupVersion, root: string): unknown {
  const schemas = schemasIn(served);
  const paths = Object.fromEntries(served.resources.map((resource) => pathOf(served, resource, root)));
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "1.36" },
    paths,
    components: { schemas },
  };
}

function groupVersionKind(
  { group, version }: ApiGroupVersion,
  kind: string,
): Readonly<Record<string, string>> {
  return { group, version, kind };
}

/** The kinds by their usual names, what they hold by shorter ones. */
function schemasIn(served: ApiGroupVersion): Readonly<Record<string, unknown>> {
  const kinds = served.resources.map(({ kind }) => kind);
  const group = served.group.split(".")[0] || "core";
  const nameOf = (struct: string): string =>
    kinds.includes(struct) ? `io.k8s.api.${group}.${served.version}.${struct}` : `io.k8s.api.${struct}`;
  const entries = [...schemasOf(kinds, nameOf)].map(([struct, schema]) => {
    if (!kinds.includes(struct)) return [nameOf(struct), schema];
    const about = { "x-kubernetes-group-version-kind": [groupVersionKind(served, struct)] };
    return [nameOf(struct), { ...schema, ...about }];
  });
  return Object.fromEntries(entries);
}

function pathOf(
  served: ApiGroupVersion,
  { plural, kind, isNamespaced, verbs }: ApiResource,
  root: string,
): readonly [string, unknown] {
  const scope = isNamespaced ? "/namespaces/{namespace}" : "";
  const about = { "x-kubernetes-group-version-kind": groupVersionKind(served, kind), responses };
  if (!verbs.includes("patch")) {
    return [`${root}${scope}/${plural}`, { post: { ...about, parameters: writeParameters } }];
  }
  const operations = {
    get: about,
    put: { ...about, parameters: writeParameters },
    patch: { ...about, parameters: writeParameters },
    delete: about,
  };
  return [`${root}${scope}/${plural}/{name}`, operations];
}
