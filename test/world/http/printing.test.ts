import { describe, expect, test } from "vitest";
import { humanDuration } from "#world/http/printing/human-duration.ts";
import type { Cell } from "#world/http/printing/printer.ts";
import { printerOf } from "#world/http/printing/printers.ts";
import { selectorText } from "#world/http/printing/selector-text.ts";
import { shapeAnswer, shapeEvent } from "#world/http/shape-answer.ts";
import type { JsonRecord } from "#world/json.ts";
import { ok } from "#world/kubernetes/status.ts";

const now = Date.UTC(2026, 2, 2, 8);
const minute = 60_000;
const hour = 60 * minute;
const metadata = { name: "a", creationTimestamp: new Date(now - 5 * minute).toISOString() };
const get = { method: "GET", path: "/" } as const;
const asTable = { kind: "table", version: "v1" } as const;

/** The cells by the names of their columns. */
function row(object: JsonRecord): Readonly<Record<string, Cell | undefined>> {
  const printer = printerOf(String(object.kind));
  const cells = printer.cells({ metadata, ...object }, now);
  expect(cells).toHaveLength(printer.columns.length);
  return Object.fromEntries(printer.columns.map(({ name }, index) => [name, cells[index]]));
}

describe("ages", () => {
  test.each([
    [0, "0s"],
    [-1500, "0s"],
    [-5000, "<invalid>"],
    [119_000, "119s"],
    [2 * minute, "2m"],
    [9.5 * minute, "9m30s"],
    [10.5 * minute, "10m"],
    [179 * minute, "179m"],
    [3 * hour, "3h"],
    [3 * hour + 2 * minute, "3h2m"],
    [9.5 * hour, "9h"],
    [49 * hour, "2d1h"],
    [9 * 24 * hour, "9d"],
    [800 * 24 * hour, "2y70d"],
  ])("of %d ms are written %s", (milliseconds, words) => {
    expect(humanDuration(milliseconds)).toBe(words);
  });
});

describe("the status of a pod", () => {
  const pod = (status: JsonRecord, more: JsonRecord = {}): JsonRecord => ({
    kind: "Pod",
    spec: { containers: [{ name: "c" }] },
    status,
    ...more,
  });
  const running = { name: "c", ready: true, restartCount: 0, state: { running: {} } };

  test.each<[string, JsonRecord, JsonRecord]>([
    ["Running", { Ready: "1/1", Restarts: "0" }, pod({ phase: "Running", containerStatuses: [running] })],
    ["Pending", { Ready: "0/1", Node: "<none>" }, pod({ phase: "Pending" })],
    [
      "CrashLoopBackOff",
      { Ready: "0/1", Restarts: "3 (20s ago)" },
      pod({
        phase: "Running",
        containerStatuses: [
          {
            restartCount: 3,
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: { terminated: { finishedAt: new Date(now - 20_000).toISOString() } },
          },
        ],
      }),
    ],
    [
      "Completed",
      { Ready: "0/1" },
      pod({
        phase: "Succeeded",
        containerStatuses: [{ state: { terminated: { reason: "Completed", exitCode: 0 } } }],
      }),
    ],
    [
      "Terminating",
      {},
      pod(
        { phase: "Running", containerStatuses: [running] },
        { metadata: { ...metadata, deletionTimestamp: "2026-03-02T08:00:30Z" } },
      ),
    ],
    ["Evicted", {}, pod({ phase: "Failed", reason: "Evicted" })],
  ])("%s", (status, others, object) => {
    expect(row(object)).toMatchObject({ Name: "a", Status: status, Age: "5m", ...others });
  });
});

describe("rows", () => {
  test("of a node: readiness, cordon and roles", () => {
    const node = {
      kind: "Node",
      metadata: { ...metadata, labels: { "node-role.kubernetes.io/node": "", "kubernetes.io/role": "old" } },
      spec: { unschedulable: true },
      status: { conditions: [{ type: "Ready", status: "Unknown" }], nodeInfo: { kubeletVersion: "v1.36.3" } },
    };
    expect(row(node)).toMatchObject({
      Status: "NotReady,SchedulingDisabled",
      Roles: "node,old",
      Version: "v1.36.3",
      "OS-Image": "<unknown>",
    });
  });

  test("of a budget: what is given, and what it allows", () => {
    const budget = {
      kind: "PodDisruptionBudget",
      spec: { maxUnavailable: "10%" },
      status: { disruptionsAllowed: 2 },
    };
    expect(row(budget)).toMatchObject({
      "Min Available": "N/A",
      "Max Unavailable": "10%",
      "Allowed Disruptions": 2,
    });
  });

  test("of a job: its completions and how long it has taken", () => {
    const status = { succeeded: 1, startTime: new Date(now - 90_000).toISOString() };
    expect(row({ kind: "Job", spec: { completions: 3 }, status })).toMatchObject({
      Status: "Running",
      Completions: "1/3",
      Duration: "90s",
    });
  });

  test("of a kind that nobody knows: name and age", () => {
    expect(row({ kind: "Widget" })).toEqual({ Name: "a", Age: "5m" });
  });
});

test("selectors are written as kubectl reads them", () => {
  const selector = {
    matchLabels: { tier: "web", app: "a" },
    matchExpressions: [
      { key: "b", operator: "In", values: ["y", "x"] },
      { key: "old", operator: "DoesNotExist" },
    ],
  };
  expect(selectorText(selector)).toBe("app=a,b in (x,y),!old,tier=web");
  expect(selectorText({})).toBe("<none>");
});

describe("tables", () => {
  const list = {
    kind: "NamespaceList",
    apiVersion: "v1",
    metadata: { resourceVersion: "7", continue: "more" },
    items: [{ metadata, status: { phase: "Active" } }],
  };

  test("of a list have its metadata, so that paging goes on", () => {
    expect(shapeAnswer(ok(list), get, asTable, now).body).toMatchObject({
      kind: "Table",
      apiVersion: "meta.k8s.io/v1",
      metadata: { resourceVersion: "7", continue: "more" },
      rows: [{ cells: ["a", "Active", "5m"], object: { kind: "PartialObjectMetadata", metadata } }],
    });
  });

  test.each([
    ["None", null],
    ["Object", { kind: "Namespace", apiVersion: "v1", status: { phase: "Active" } }],
  ])("include of each object what is asked for: %s", (includeObject, object) => {
    const answer = shapeAnswer(ok(list), { ...get, query: { includeObject } }, asTable, now);
    expect(answer.body).toMatchObject({ rows: [{ object }] });
  });

  test("are never made of errors", () => {
    const refused = { status: 404, headers: {}, body: { kind: "Status", code: 404 } };
    expect(shapeAnswer(refused, get, asTable, now)).toBe(refused);
  });

  test("of a watch tell their columns once", () => {
    const shape = shapeEvent(get, asTable, () => now);
    const event = { type: "ADDED", object: { kind: "Namespace", apiVersion: "v1", metadata } };
    expect(shape(event)).toMatchObject({ object: { columnDefinitions: { length: 3 } } });
    expect(shape(event)).toMatchObject({
      object: { columnDefinitions: null, rows: [{ cells: ["a", "", "5m"] }] },
    });
  });
});
