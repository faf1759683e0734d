import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";

/** "sha256:" and 64 hex digits over UTF-8 text or bytes. */
export function sha256(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** The digest of data: over its canonical JSON (RFC 8785), whatever its layout was. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
