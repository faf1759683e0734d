import type { ApiGroupVersion, ApiResource } from "./api-resources.ts";

/** Source: meta/v1, APIVersions: what /api answers. */
export const coreVersions = {
  kind: "APIVersions",
  versions: ["v1"],
  serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: "127.0.0.1" }],
};

function group({ group: name, version }: ApiGroupVersion): Readonly<Record<string, unknown>> {
  const only = { groupVersion: `${name}/${version}`, version };
  return { name, versions: [only], preferredVersion: only };
}

/** /apis */
export function groupList(groups: readonly ApiGroupVersion[]): unknown {
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(group) };
}

/** /apis/GROUP */
export function oneGroup(found: ApiGroupVersion): unknown {
  return { kind: "APIGroup", apiVersion: "v1", ...group(found) };
}

/** /api/v1 and /apis/GROUP/VERSION */
export function resourceList({ group: name, version, resources }: ApiGroupVersion): unknown {
  return {
    kind: "APIResourceList",
    ...(name === "" ? {} : { apiVersion: "v1" }),
    groupVersion: name === "" ? version : `${name}/${version}`,
    resources: resources.flatMap(describeResource),
  };
}

function describeResource(resource: ApiResource): readonly unknown[] {
  const { plural, singular, isNamespaced: namespaced, kind, verbs, shortNames, categories } = resource;
  const subresources = resource.subresources.map((subresource) => ({
    name: `${plural}/${subresource.name}`,
    singularName: "",
    namespaced,
    ...subresource.groupVersion,
    kind: subresource.kind,
    verbs: subresource.verbs,
  }));
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames.length === 0 ? {} : { shortNames }),
      ...(categories.length === 0 ? {} : { categories }),
    },
    ...subresources,
  ];
}
