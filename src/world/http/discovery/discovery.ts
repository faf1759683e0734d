import type { Wanted } from "#world/http/accept.ts";
import { segmentsOf } from "#world/kubernetes/request-path.ts";
import { ok, type ServerAnswer } from "#world/kubernetes/status.ts";
import { aggregatedDiscovery } from "./aggregated.ts";
import { apiGroupVersions } from "./api-resources.ts";
import { coreVersions, groupList, oneGroup, resourceList } from "./plain.ts";

const core = apiGroupVersions.filter(({ group }) => group === "");
const named = apiGroupVersions.filter(({ group }) => group !== "");

/** What is served: /api, /apis and all below them down to a group and version. undefined: another path. */
export function discover(path: string, wanted: Wanted): ServerAnswer | undefined {
  const [root, first, second, ...rest] = segmentsOf(path);
  if (rest.length > 0) return undefined;
  if (root === "api" && second === undefined) return discoverCore(first, wanted);
  if (root !== "apis") return undefined;
  if (first === undefined) return atRoot(named, wanted, () => groupList(named));
  const found = named.find(({ group }) => group === first);
  if (found === undefined) return undefined;
  if (second === undefined) return ok(oneGroup(found));
  return found.version === second ? ok(resourceList(found)) : undefined;
}

function discoverCore(version: string | undefined, wanted: Wanted): ServerAnswer | undefined {
  if (version === undefined) return atRoot(core, wanted, () => coreVersions);
  const found = core.find((group) => group.version === version);
  return found === undefined ? undefined : ok(resourceList(found));
}

function atRoot(groups: typeof named, wanted: Wanted, plain: () => unknown): ServerAnswer {
  if (wanted.kind !== "discovery") return ok(plain());
  const { version } = wanted;
  const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  return {
    ...ok(aggregatedDiscovery(groups, version)),
    headers: { "content-type": contentType, "cache-control": "public", vary: "Accept" },
  };
}
