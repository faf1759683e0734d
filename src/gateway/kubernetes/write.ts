import type { KubernetesRequest, KubernetesResponse } from "#gateway/wire.ts";
import { withDeadline } from "../deadline.ts";
import type { Caller } from "./caller.ts";

/**
 * Longer than the server's own patience: an eviction may wait 10 s for its pod, and an admission
 * webhook answers within 30 s.
 */
const WRITE_SECONDS = 45;

export type WriteAnswer =
  | { readonly kind: "answered"; readonly response: KubernetesResponse }
  /** No whole answer came: it may have taken effect. */
  | { readonly kind: "silent"; readonly message: string };

/** Sends a write exactly once. Never throws: after silence the caller looks at the world. */
export async function sendOnce(
  caller: Caller,
  request: KubernetesRequest,
  signal: AbortSignal | undefined,
): Promise<WriteAnswer> {
  try {
    const response = await withDeadline(caller.clock, WRITE_SECONDS * 1000, signal, (inner) =>
      caller.wire.request(request, inner),
    );
    return { kind: "answered", response };
  } catch (error) {
    if (signal?.aborted) return { kind: "silent", message: "stopped while waiting for the answer" };
    return { kind: "silent", message: error instanceof Error ? error.message : String(error) };
  }
}
