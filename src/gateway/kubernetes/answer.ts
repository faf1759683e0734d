import type { KubernetesResponse } from "#gateway/wire.ts";
import { field, items, text } from "./foreign.ts";

/*
 * What an answer says beside its status. The body of a refusal is a metav1.Status, or plain text
 * where it comes from priority and fairness or from something in between.
 */

const LONGEST_MESSAGE = 400;

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** The server's own sentence, cut; "" where the body is no Status. */
export function statusMessage(body: unknown): string {
  return field(body, "kind") === "Status" ? text(field(body, "message")).slice(0, LONGEST_MESSAGE) : "";
}

/** "403 Forbidden (nodes is forbidden: …)" */
export function describeAnswer(status: number, body: unknown): string {
  const reason = field(body, "kind") === "Status" ? text(field(body, "reason")) : "";
  const message = statusMessage(body);
  return [String(status), reason, message === "" || message === reason ? "" : `(${message})`]
    .filter((part) => part !== "")
    .join(" ");
}

/** Whether the Status names this cause, by its reason. */
export function hasCause(body: unknown, reason: string): boolean {
  return items(field(body, "details", "causes")).some((cause) => field(cause, "reason") === reason);
}

/** What the Status says about this cause; "" where it does not name it. */
export function causeMessage(body: unknown, reason: string): string {
  const causes = items(field(body, "details", "causes"));
  const cause = causes.find((entry) => field(entry, "reason") === reason);
  return text(field(cause, "message")).slice(0, LONGEST_MESSAGE);
}

/** Whether a cause of the Status is about this field of what was sent. */
export function hasCauseAbout(body: unknown, name: string): boolean {
  return items(field(body, "details", "causes")).some((cause) => field(cause, "field") === name);
}

/** The seconds that the server asks to wait, from the header or the Status; 0 where it names none. */
export function retryAfterSeconds(response: Pick<KubernetesResponse, "headers" | "body">): number {
  const header = response.headers["retry-after"] ?? "";
  if (/^\d{1,6}$/.test(header)) return Number(header);
  const detail = field(response.body, "details", "retryAfterSeconds");
  return typeof detail === "number" && detail > 0 && detail < 1e6 ? Math.ceil(detail) : 0;
}
