import type { KubernetesRequest } from "#gateway/wire.ts";
import { copyJson, isRecord, type JsonRecord } from "../json.ts";
import type { KindInfo } from "./kinds.ts";
import { jsonPatch, mergePatch, PatchError } from "./patch.ts";
import { badRequest, failure, notModelled, type ServerAnswer } from "./status.ts";
import { strategicPatch } from "./strategic-patch.ts";

/** What a patch makes of an object, before anything is read or checked; or the answer that refuses it. */
export type Patched =
  | { readonly kind: "patched"; readonly object: unknown }
  | { readonly kind: "refused"; readonly answer: ServerAnswer };

/** Applies the patch of a request to an object of this kind. */
export function applyPatch(kind: KindInfo["kind"], current: JsonRecord, request: KubernetesRequest): Patched {
  const patch = copyJson(request.body);
  try {
    switch (request.contentType?.split(";")[0]) {
      case "application/merge-patch+json":
        if (!isRecord(patch)) {
          const text = "json: cannot unmarshal array into Go value of type map[string]interface {}";
          throw new PatchError(400, `error decoding patch: ${text}`);
        }
        return { kind: "patched", object: mergePatch(current, patch) };
      case "application/strategic-merge-patch+json":
        return { kind: "patched", object: strategicPatch(kind, current, patch) };
      case "application/json-patch+json":
        return { kind: "patched", object: jsonPatch(current, patch) };
      case "application/apply-patch+yaml":
        return refused(notModelled("server-side apply"));
      default:
        return refused(failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", {}));
    }
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    return refused(patchFailure(error));
  }
}

function refused(answer: ServerAnswer): Patched {
  return { kind: "refused", answer };
}

function patchFailure({ status, message }: PatchError): ServerAnswer {
  switch (status) {
    case 400:
      return badRequest(message);
    case 422:
      return failure(422, "Invalid", "the server rejected our request due to an error in our request", {});
    case 500:
      return failure(500, undefined, message);
  }
}
