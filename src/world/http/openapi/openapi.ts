import { createHash } from "node:crypto";
import { type ApiGroupVersion, apiGroupVersions } from "#world/http/discovery/api-resources.ts";
import { ok, type ServerAnswer } from "#world/kubernetes/status.ts";
import { groupDocument } from "./group-document.ts";

const pathOf = ({ group, version }: ApiGroupVersion): string =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`;

const documents = new Map<string, unknown>();

function documentOf(served: ApiGroupVersion): unknown {
  const path = pathOf(served);
  const document = documents.get(path) ?? groupDocument(served, `/${path}`);
  documents.set(path, document);
  return document;
}

function index(): unknown {
  const entries = apiGroupVersions.map((served) => {
    const path = pathOf(served);
    const hash = createHash("sha256")
      .update(JSON.stringify(documentOf(served)))
      .digest("hex")
      .toUpperCase();
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const;
  });
  return { paths: Object.fromEntries(entries) };
}

/** /openapi/v3 and the document of each group below it. undefined: another path. */
export function describeOpenApi(path: string): ServerAnswer | undefined {
  if (path === "/openapi/v3") return ok(index());
  const served = apiGroupVersions.find((one) => path === `/openapi/v3/${pathOf(one)}`);
  return served === undefined ? undefined : ok(documentOf(served));
}
