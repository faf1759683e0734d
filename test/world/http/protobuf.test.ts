import { describe, expect, test } from "vitest";
import { readProtobufObject } from "#world/http/protobuf-object.ts";
import { parseRequestBody } from "#world/http/request-body.ts";

/** Bodies as kubectl 1.36 sends them. */
const deployment =
  "azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50Eq0BCh0KAmQxEgAaACIAKgAyADgAQgBaCQoDYXBwEgJkMRJ+CAISCwoJCgNhcHASAmQxGmUKGwoAEgAaACIAKgAyADgAQgBaCQoDYXBwEgJkMRJGEigKAWESA2E6MSoAMgoKABAAGFAiACoAQgBqAHIAgAEAiAEAkAEAogEAGgAyAEIASgBSAFgAYABoAIIBAIoBAJoBAMIBACICCgAoADgAGgwIABAAGAAgACgAOAAaACIA";
const budget =
  "azhzAAogCglwb2xpY3kvdjESE1BvZERpc3J1cHRpb25CdWRnZXQSOgoSCgJwMRIAGgAiACoAMgA4AEIAEhgKCQgBEAAaAzUwJRILCgkKA2FwcBICZDEaCggAGAAgACgAMAAaACIA";
const review =
  "azhzAAoyChdhdXRob3JpemF0aW9uLms4cy5pby92MRIXU2VsZlN1YmplY3RBY2Nlc3NSZXZpZXcSPwoQCgASABoAIgAqADIAOABCABIhCh8KB2RlZmF1bHQSBmRlbGV0ZRoAIgAqBHBvZHMyADoAGggIABIAGgAgABoAIgA=";

const read = (base64: string): unknown => readProtobufObject(Buffer.from(base64, "base64"));

describe("bodies in protobuf", () => {
  test("are the same objects as in JSON: kubectl create deployment", () => {
    expect(read(deployment)).toMatchObject({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d1", labels: { app: "d1" } },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "d1" } },
        template: {
          metadata: { labels: { app: "d1" } },
          spec: { containers: [{ name: "a", image: "a:1", ports: [{ containerPort: 80 }] }] },
        },
      },
    });
  });

  test("leave out the zeros that JSON leaves out, and the time that is none", () => {
    const { metadata, spec } = read(deployment) as Record<string, Record<string, unknown>>;
    expect(metadata).toEqual({ name: "d1", labels: { app: "d1" } });
    expect(Object.keys(spec ?? {}).toSorted()).toEqual(["replicas", "selector", "strategy", "template"]);
  });

  test("have numbers or texts where both may stand: kubectl create pdb", () => {
    expect(read(budget)).toMatchObject({
      spec: { minAvailable: "50%", selector: { matchLabels: { app: "d1" } } },
    });
  });

  test("ask for permission: kubectl auth can-i", () => {
    expect(read(review)).toMatchObject({
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { namespace: "default", verb: "delete", resource: "pods" } },
    });
  });

  test("go on as JSON", () => {
    const parsed = parseRequestBody(Buffer.from(budget, "base64"), "application/vnd.kubernetes.protobuf");
    expect(parsed).toMatchObject({ kind: "body", contentType: "application/json" });
  });

  test.each([
    ["without their beginning", Buffer.from("nonsense")],
    ["cut off", Buffer.from(deployment, "base64").subarray(0, 60)],
    ["with a number that has no end", Buffer.from([0x6b, 0x38, 0x73, 0, 0xff, 0xff])],
  ])("%s are refused", (_what, bytes) => {
    expect(parseRequestBody(bytes, "application/vnd.kubernetes.protobuf")).toMatchObject({
      kind: "malformed",
    });
  });
});
