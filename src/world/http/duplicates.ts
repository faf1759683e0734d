import type { KubernetesRequest } from "#gateway/wire.ts";
import { textAt } from "#world/json.ts";
import { fieldValidationOf, withWarnings } from "#world/kubernetes/reading.ts";
import { badRequest, type ServerAnswer } from "#world/kubernetes/status.ts";

const problems = (duplicates: readonly string[]): readonly string[] =>
  duplicates.map((field) => `duplicate field "${field}"`);

/** What `fieldValidation=Strict` says to fields that are there more than once. */
export function refuseDuplicates(
  { body, query }: KubernetesRequest,
  duplicates: readonly string[],
): ServerAnswer | undefined {
  if (duplicates.length === 0 || fieldValidationOf(query) !== "Strict") return undefined;
  const kind = textAt(body, "kind") ?? "";
  const version = (textAt(body, "apiVersion") ?? "").split("/").at(-1);
  const what = `${kind} in version "${version}" cannot be handled as a ${kind}`;
  return badRequest(`${what}: strict decoding error: ${problems(duplicates).join(", ")}`);
}

/** Else the last one counts, and the client hears of it unless it wants not to. */
export function warnOfDuplicates(
  answer: ServerAnswer,
  { query }: KubernetesRequest,
  duplicates: readonly string[],
): ServerAnswer {
  if (fieldValidationOf(query) !== "Warn" || answer.status >= 300) return answer;
  const earlier = answer.headers.warning;
  const warned = withWarnings(answer, problems(duplicates));
  if (earlier === undefined || duplicates.length === 0) return warned;
  return { ...warned, headers: { ...warned.headers, warning: `${earlier}, ${warned.headers.warning}` } };
}
