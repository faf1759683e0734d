import { expect, test } from "vitest";
import type { AuditRecord } from "#test/e2e/harness/audit-log.ts";
import { countRequests } from "../../bench/drain-requests.ts";

function aRecord(verb: string, resource: string, more: Partial<AuditRecord> = {}): AuditRecord {
  return {
    user: "dextre",
    verb,
    uri: "/",
    resource,
    subresource: "",
    namespace: "",
    name: "",
    code: 200,
    receivedAt: 0,
    answeredAt: 0,
    requestObject: undefined,
    ...more,
  };
}

test("all that is asked of pods beyond one list and one watch counts as theirs, refusals apart", () => {
  const counted = countRequests(
    [
      aRecord("list", "pods"),
      aRecord("list", "pods"),
      aRecord("watch", "pods"),
      aRecord("get", "pods"),
      aRecord("create", "pods", { subresource: "eviction", code: 201 }),
      aRecord("create", "pods", { subresource: "eviction", code: 429 }),
      aRecord("list", "nodes"),
      aRecord("get", "", { uri: "/version?timeout=1s" }),
      aRecord("list", "pods", { user: "admin" }),
    ],
    "dextre",
  );
  expect(Object.fromEntries(counted.pods)).toEqual({
    "list pods": 1,
    "get pods": 1,
    "create pods/eviction": 1,
    "create pods/eviction (429)": 1,
  });
  expect(counted.podRequests).toBe(4);
  expect(Object.fromEntries(counted.fixed)).toEqual({
    "list pods": 1,
    "watch pods": 1,
    "list nodes": 1,
    "get /version": 1,
  });
});
