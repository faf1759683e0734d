import { createHash } from "node:crypto";

/** "sha256:" and 64 hex digits over UTF-8 text or bytes. */
export function sha256(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
