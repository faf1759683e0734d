import { beforeEach, describe, expect, test } from "vitest";
import { canonicalQuantity } from "#world/kubernetes/quantity.ts";
import { strategicPatch } from "#world/kubernetes/strategic-patch.ts";
import { Probe } from "./probe.ts";
import { smallWorld } from "./support.ts";

function patched(kind: string, target: object, patch: object): unknown {
  return strategicPatch(kind, { ...target }, patch);
}

const container = (name: string, image: string) => ({ name, image });
const pod = (...containers: readonly object[]) => ({ spec: { containers } });

describe("a strategic merge patch", () => {
  test("merges containers by name and leaves the others alone", () => {
    const before = pod(container("a", "a:1"), container("b", "b:1"));
    const after = patched("Pod", before, pod({ name: "b", image: "b:2" }, { name: "c", image: "c:1" }));
    expect(after).toEqual(pod(container("a", "a:1"), container("b", "b:2"), container("c", "c:1")));
  });

  test("removes an item by its key, and puts items into the order it names", () => {
    const before = pod(container("a", "a:1"), container("b", "b:1"), container("c", "c:1"));
    const gone = patched("Pod", before, pod({ $patch: "delete", name: "b" }));
    expect(gone).toEqual(pod(container("a", "a:1"), container("c", "c:1")));
    const order = [{ name: "c" }, { name: "a" }];
    expect(patched("Pod", before, { spec: { "$setElementOrder/containers": order } })).toEqual(
      pod(container("b", "b:1"), container("c", "c:1"), container("a", "a:1")),
    );
  });

  test("replaces a list or an object where it says so, and lists without a merge key always; new values come first", () => {
    const before = { spec: { taints: [{ key: "a" }], podCIDRs: ["1"] } };
    expect(patched("Node", before, { spec: { taints: [{ key: "b" }], podCIDRs: ["2"] } })).toEqual({
      spec: { taints: [{ key: "b" }], podCIDRs: ["2", "1"] },
    });
    const replaced = pod({ $patch: "replace" }, container("z", "z:1"));
    expect(patched("Pod", pod(container("a", "a:1")), replaced)).toEqual(pod(container("z", "z:1")));
    const strategy = { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } };
    const rolling = { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } };
    expect(patched("Deployment", rolling, strategy)).toEqual({ spec: { strategy: { type: "Recreate" } } });
    const selector = (label: string) => ({ spec: { selector: { matchLabels: { [label]: "x" } } } });
    expect(patched("PodDisruptionBudget", selector("a"), selector("b"))).toEqual(selector("b"));
    expect(patched("Deployment", selector("a"), selector("b"))).toEqual({
      spec: { selector: { matchLabels: { a: "x", b: "x" } } },
    });
  });

  test("takes single values out of a set, and null out of an object", () => {
    const before = { metadata: { finalizers: ["a", "b"], labels: { x: "1", y: "2" } } };
    const patch = { metadata: { "$deleteFromPrimitiveList/finalizers": ["a"], labels: { x: null } } };
    expect(patched("Pod", before, patch)).toEqual({ metadata: { finalizers: ["b"], labels: { y: "2" } } });
  });

  test("without the merge key of an item is refused", () => {
    const patch = pod({ image: "x" });
    expect(() => patched("Pod", pod(container("a", "a:1")), patch)).toThrow("declared merge key: name");
  });
});

describe("over the API", () => {
  let probe: Probe;
  const web = "/apis/apps/v1/namespaces/default/deployments/web";
  const strategic = { contentType: "application/strategic-merge-patch+json" };

  beforeEach(() => {
    probe = new Probe(smallWorld(3));
  });

  test("a restart annotates the template and keeps its containers", () => {
    const before = probe.get(web).body;
    const patch = { spec: { template: { metadata: { annotations: { restartedAt: "now" } } } } };
    const after = probe.send("PATCH", web, patch, strategic).body;
    expect(after.metadata).toMatchObject({ generation: 2 });
    expect(after.spec).toMatchObject({ template: { spec: { containers: [{ name: "c" }] } } });
    expect(before.metadata.uid).toBe(after.metadata.uid);
  });

  test("a patch of another type, or one that does not fit, is refused in the server's words", () => {
    expect(probe.send("PATCH", web, {}, { contentType: "text/plain" })).toMatchObject({
      status: 415,
      body: { reason: "UnsupportedMediaType" },
    });
    const answer = probe.send("PATCH", web, { spec: { replicas: "many" } }, strategic);
    expect(answer).toMatchObject({ status: 422, body: { details: { causes: [{ field: "patch" }] } } });
    expect(answer.body.message).toContain(
      "cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
    );
  });
});

test("quantities are written as the server writes them", () => {
  const cases = {
    "1000m": "1",
    "0.5": "500m",
    "1024Mi": "1Gi",
    "1.5Gi": "1536Mi",
    "1e3": "1e3",
    "0": "0",
    "100m": "100m",
  };
  for (const [text, canonical] of Object.entries(cases)) expect(canonicalQuantity(text)).toBe(canonical);
  expect(canonicalQuantity("much")).toBeUndefined();
});
