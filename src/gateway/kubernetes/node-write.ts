import type { CordonRequest, NodeWriteAnswer, UncordonRequest } from "#gateway/ports.ts";
import type { Json, KubernetesRequest, KubernetesResponse } from "#gateway/wire.ts";
import { CORDON_ANNOTATION, FIELD_MANAGER, SCALE_DOWN_ANNOTATION, writeCordonMarker } from "./annotations.ts";
import { describeAnswer, hasCauseAbout, isSuccess, retryAfterSeconds } from "./answer.ts";
import { ForeignShapeError } from "./foreign.ts";
import { projectNode } from "./project-node.ts";

/** Where the server asks to go slower and names no time. */
const SLOWER_SECONDS = 5;

interface Guard {
  readonly node: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** uid and resourceVersion in a patch are preconditions: a node that is another by now is not touched. */
function guardedPatch(guard: Guard, annotations: Json, spec: Json): KubernetesRequest {
  const { uid, resourceVersion } = guard;
  return {
    method: "PATCH",
    path: `/api/v1/nodes/${encodeURIComponent(guard.node)}`,
    query: { fieldManager: FIELD_MANAGER },
    contentType: "application/merge-patch+json",
    body: { metadata: { uid, resourceVersion, annotations }, spec },
  };
}

/** Intent and effect are one write, and what it takes to undo it stands in the marker. */
export function cordonPatch(request: CordonRequest): KubernetesRequest {
  const annotations = {
    [CORDON_ANNOTATION]: writeCordonMarker(request),
    [SCALE_DOWN_ANNOTATION]: "true",
  };
  return guardedPatch(request, annotations, { unschedulable: true });
}

export function uncordonPatch(request: UncordonRequest): KubernetesRequest {
  const annotations = {
    [CORDON_ANNOTATION]: null,
    [SCALE_DOWN_ANNOTATION]: request.scaleDownDisabled,
  };
  return guardedPatch(request, annotations, request.makeSchedulable ? { unschedulable: null } : {});
}

/** An admission webhook's refusal is "forbidden" too: nothing was changed, and its message says why. */
export function classifyNodeWrite(response: KubernetesResponse): NodeWriteAnswer {
  const { status, body } = response;
  const message = describeAnswer(status, body);
  if (isSuccess(status)) return readNode(body, message);
  if (status === 409) return { kind: "conflict" };
  if (status === 404) return { kind: "replaced" };
  if (status === 422 && hasCauseAbout(body, "metadata.uid")) return { kind: "replaced" };
  if (status === 429) {
    return { kind: "throttled", retryAfterSeconds: retryAfterSeconds(response) || SLOWER_SECONDS };
  }
  if (status >= 500 || status === 408) return { kind: "unknown", message };
  return { kind: "forbidden", message };
}

function readNode(body: unknown, message: string): NodeWriteAnswer {
  try {
    return { kind: "done", node: projectNode(body) };
  } catch (error) {
    if (error instanceof ForeignShapeError)
      return { kind: "unknown", message: `${message}, ${error.message}` };
    throw error;
  }
}
