import type { ApiGroupVersion, ApiResource, Subresource } from "./api-resources.ts";

/**
 * All groups with all their resources in one answer. Source: apidiscovery.k8s.io, APIGroupDiscoveryList.
 * `groups` are either the core group alone (/api) or all the others (/apis).
 */
export function aggregatedDiscovery(groups: readonly ApiGroupVersion[], version: "v2" | "v2beta1"): unknown {
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: group.group === "" ? {} : { name: group.group },
      versions: [
        { version: group.version, resources: group.resources.map(describeResource), freshness: "Current" },
      ],
    })),
  };
}

function describeResource(resource: ApiResource): unknown {
  const { plural, kind, isNamespaced, singular, verbs, shortNames, categories, subresources } = resource;
  return {
    resource: plural,
    responseKind: { group: "", version: "", kind },
    scope: isNamespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(subresources.length === 0 ? {} : { subresources: subresources.map(describeSubresource) }),
  };
}

function describeSubresource({ name, kind, groupVersion, verbs }: Subresource): unknown {
  const { group, version } = groupVersion ?? { group: "", version: "" };
  return { subresource: name, responseKind: { group, version, kind }, verbs };
}
