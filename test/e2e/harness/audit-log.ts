import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { callKubernetes } from "#test/rig/kubernetes-access.ts";
import { auditLogPath } from "#test/rig/rig-state.ts";
import { waitUntil } from "#test/rig/wait-until.ts";
import type { TestRig } from "./test-rig.ts";

/** One request as the API server saw and answered it. Reads and writes of dextre and admin. */
export interface AuditRecord {
  readonly user: string;
  /** get, list, watch, create, update, patch, delete, deletecollection */
  readonly verb: string;
  readonly uri: string;
  /** "pods"; "" where the request names no resource */
  readonly resource: string;
  /** "eviction"; "" where none */
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** HTTP status of the answer */
  readonly code: number;
  /** Epoch milliseconds, with a fraction down to microseconds. */
  readonly receivedAt: number;
  readonly answeredAt: number;
  /** The body of dextre's writes; undefined for everything else. */
  readonly requestObject: unknown;
}

/** The parts of an audit.k8s.io/v1 Event that are read here. */
interface RawEvent {
  readonly auditID: string;
  /** A watch is written twice: when its answer begins and when it ends. */
  readonly stage: "ResponseStarted" | "ResponseComplete" | "Panic";
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestObject?: unknown;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

/**
 * Every answered request up to now, in the order of the answers; a watch is answered when it begins. A request of our own
 * marks "now": the log is read until it holds the mark.
 */
export async function readAudit(rig: TestRig): Promise<readonly AuditRecord[]> {
  const mark = `mark-${randomBytes(8).toString("hex")}`;
  await callKubernetes(rig.admin, { path: `/version?${mark}` });
  return waitUntil({ what: "the audit log", timeoutSeconds: 20 }, () => {
    const records = parse(readFileSync(auditLogPath(rig.state.folder), "utf8"));
    const end = records.findIndex((record) => record.uri.endsWith(mark));
    return end < 0 ? undefined : records.slice(0, end);
  });
}

function parse(text: string): AuditRecord[] {
  // the last line may still be being written
  const lines = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "");
  const events = lines.map((line) => JSON.parse(line) as RawEvent);
  const begun = new Set(
    events.filter(({ stage }) => stage === "ResponseStarted").map(({ auditID }) => auditID),
  );
  return events
    .filter(({ auditID, stage }) => stage === "ResponseStarted" || !begun.has(auditID))
    .map(recordOf);
}

function recordOf(event: RawEvent): AuditRecord {
  return {
    user: event.user.username,
    verb: event.verb,
    uri: event.requestURI,
    resource: event.objectRef?.resource ?? "",
    subresource: event.objectRef?.subresource ?? "",
    namespace: event.objectRef?.namespace ?? "",
    name: event.objectRef?.name ?? "",
    code: event.responseStatus?.code ?? 0,
    receivedAt: milliseconds(event.requestReceivedTimestamp),
    answeredAt: milliseconds(event.stageTimestamp),
    requestObject: event.requestObject,
  };
}

/** "2026-01-01T00:00:00.123456Z"; Date.parse drops what is finer than milliseconds. */
function milliseconds(timestamp: string): number {
  const micros = /\.\d{3}(\d{1,3})/.exec(timestamp)?.[1] ?? "";
  return Date.parse(timestamp) + Number(micros.padEnd(3, "0")) / 1000;
}
