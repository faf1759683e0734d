import { describe, expect, test } from "vitest";
import type { Wanted } from "#world/http/accept.ts";
import { describeServer } from "#world/http/describe-server.ts";
import { kindList } from "#world/kubernetes/kinds.ts";

const plain: Wanted = { kind: "object" };
const aggregated: Wanted = { kind: "discovery", version: "v2" };

function bodyOf(path: string, wanted: Wanted): unknown {
  return describeServer({ method: "GET", path }, wanted)?.body;
}

interface Groups {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly { readonly resources: readonly { readonly resource: string }[] }[];
  }[];
}

describe("discovery", () => {
  test("in one answer tells of every kind that the world stores, and of every review that it answers", () => {
    const answers = ["/api", "/apis"].map((path) => bodyOf(path, aggregated) as Groups);
    const named = answers.flatMap(({ items }) =>
      items.flatMap(({ metadata, versions }) =>
        versions.flatMap(({ resources }) =>
          resources.map(({ resource }) => `${metadata.name ?? ""}/${resource}`),
        ),
      ),
    );
    expect(named).toEqual(expect.arrayContaining(kindList.map(({ group, plural }) => `${group}/${plural}`)));
    const reviews = named.filter((name) => name.endsWith("reviews"));
    expect(reviews).toEqual([
      "authentication.k8s.io/selfsubjectreviews",
      "authorization.k8s.io/selfsubjectaccessreviews",
      "authorization.k8s.io/selfsubjectrulesreviews",
    ]);
  });

  test("says so in the content type, which clients look at", () => {
    const answer = describeServer({ method: "GET", path: "/apis" }, aggregated);
    expect(answer?.headers["content-type"]).toBe(
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    );
  });

  test("in its plain form leads from the groups to their resources", () => {
    expect(bodyOf("/api", plain)).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
    expect(bodyOf("/apis", plain)).toMatchObject({ kind: "APIGroupList" });
    expect(bodyOf("/apis/apps", plain)).toMatchObject({ preferredVersion: { groupVersion: "apps/v1" } });
    expect(bodyOf("/apis/apps/v1", plain)).toMatchObject({
      groupVersion: "apps/v1",
      resources: expect.arrayContaining([
        expect.objectContaining({ name: "deployments", singularName: "deployment", shortNames: ["deploy"] }),
        expect.objectContaining({ name: "deployments/scale", group: "autoscaling", kind: "Scale" }),
      ]),
    });
  });

  test("names the subresource by which kubectl drain knows that it may evict", () => {
    expect(bodyOf("/api/v1", plain)).toMatchObject({
      resources: expect.arrayContaining([
        expect.objectContaining({ name: "pods/eviction", group: "policy", version: "v1", kind: "Eviction" }),
      ]),
    });
  });

  test("leaves the objects to the world", () => {
    expect(bodyOf("/apis/apps/v1/deployments", plain)).toBeUndefined();
    expect(bodyOf("/apis/nothing.example.com", plain)).toBeUndefined();
  });
});

describe("OpenAPI", () => {
  test("has a document for each group, with the parameter that makes kubectl leave validation to the server", () => {
    const index = bodyOf("/openapi/v3", plain) as { readonly paths: Readonly<Record<string, unknown>> };
    expect(Object.keys(index.paths)).toEqual(
      expect.arrayContaining(["api/v1", "apis/apps/v1", "apis/policy/v1"]),
    );
    const document = bodyOf("/openapi/v3/apis/apps/v1", plain);
    expect(document).toMatchObject({
      paths: {
        "/apis/apps/v1/namespaces/{namespace}/deployments/{name}": {
          patch: {
            "x-kubernetes-group-version-kind": { group: "apps", version: "v1", kind: "Deployment" },
            parameters: expect.arrayContaining([expect.objectContaining({ name: "fieldValidation" })]),
          },
        },
      },
    });
  });

  test("has the fields of every kind with their types, and nothing that leads nowhere", () => {
    const text = JSON.stringify(bodyOf("/openapi/v3/apis/apps/v1", plain));
    const { components } = JSON.parse(text);
    const { schemas } = components;
    expect(schemas["io.k8s.api.apps.v1.Deployment"]["x-kubernetes-group-version-kind"]).toHaveLength(1);
    expect(schemas["io.k8s.api.DeploymentSpec"].properties).toMatchObject({
      replicas: { type: "integer", format: "int32" },
      template: { allOf: [{ $ref: "#/components/schemas/io.k8s.api.PodTemplateSpec" }] },
    });
    expect(schemas["io.k8s.api.PodSpec"].properties.containers).toMatchObject({
      type: "array",
      "x-kubernetes-patch-merge-key": "name",
    });
    const references = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name = ""]) => name);
    expect(references.filter((name) => !(name in schemas))).toEqual([]);
  });
});
