import { createHash } from "node:crypto";
import type { RunEvent } from "#model/run.ts";
import type { LoggedRequest } from "#world/world.ts";
import { sentenceOfRecord } from "./record-sentence.ts";

/** The story of a universe: one sentence a line, the same for the same seed. */
export class Trace {
  readonly #lines: string[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  say(sentence: string): void {
    this.#lines.push(`${new Date(this.#now()).toISOString().slice(5, 23)} ${sentence}`);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  get hash(): string {
    return createHash("sha256").update(this.#lines.join("\n")).digest("hex");
  }
}

/** "dextre-101 POST …/web-1/eviction: 201". Reads are as many as grains of sand: they have no line. */
export function sentenceOf({ client, request, answer }: LoggedRequest): string | null {
  if (request.kind === "aws") {
    if (request.action.startsWith("Describe")) return null;
    const end = answer.kind === "awsError" ? answer.error.code : "accepted";
    return `${client} ${request.action} ${JSON.stringify(request.input)}: ${end}`;
  }
  const { method, path } = request.request;
  if (method === "GET" || answer.kind !== "kubernetes" || path.includes("selfsubject")) return null;
  return `${client} ${method} ${path}: ${answer.answer.status}`;
}

export function sentenceOfEvent(client: string, event: RunEvent): string {
  switch (event.kind) {
    case "Recorded":
      return `${client} records ${sentenceOfRecord(event.entry.record)}`;
    case "StepStarted":
      return `${client} begins ${event.step}`;
    case "StepWaiting":
      return `${client} ${event.step} waits: ${event.reason.code} ${event.reason.message}`;
    case "Notice":
      return `${client} notices ${event.code} ${event.message}`;
  }
}
