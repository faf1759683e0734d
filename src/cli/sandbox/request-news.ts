import { textAt } from "#world/json.ts";
import { kindList } from "#world/kubernetes/kinds.ts";
import { segmentsOf } from "#world/kubernetes/request-path.ts";
import type { LoggedRequest } from "#world/world.ts";

export interface RequestWords {
  readonly words: string;
  readonly isTrouble: boolean;
}

const VERBS: Readonly<Record<string, string>> = {
  POST: "creates",
  PUT: "updates",
  PATCH: "patches",
  DELETE: "deletes",
};
/** Written every few seconds, and nobody wants to know. */
const QUIET = /\/(leases|events|selfsubjectaccessreviews)(\/|$)/;

/** A request in words; undefined for reads, and for what is only housekeeping. */
export function describeRequest({ request, answer }: LoggedRequest): RequestWords | undefined {
  if (request.kind === "aws") {
    if (request.action.startsWith("Describe") && answer.kind === "aws") return undefined;
    const input = Object.values(request.input).filter((value) => typeof value === "string");
    const words = [request.action, ...input].join(" ");
    if (answer.kind !== "awsError") return { words, isTrouble: false };
    return { words: `${words}: ${answer.error.code}`, isTrouble: true };
  }
  const { method, path } = request.request;
  const verb = VERBS[method];
  if (verb === undefined || QUIET.test(path) || answer.kind !== "kubernetes") return undefined;
  const name = textAt(request.request.body, "metadata", "name");
  const words = objectWords(verb, path, method === "POST" ? name : undefined);
  const { status, body } = answer.answer;
  if (status < 400) return { words, isTrouble: false };
  return { words: `${words}: ${status} ${textAt(body, "message") ?? ""}`, isTrouble: true };
}

const singular = (plural: string): string =>
  kindList.find((info) => info.plural === plural)?.kind.toLowerCase() ?? plural;

/** "/api/v1/namespaces/default/pods/web-1/eviction" → "evicts default/web-1" */
function objectWords(verb: string, path: string, created: string | undefined): string {
  const segments = segmentsOf(path);
  const rest = segments.slice(segments[0] === "apis" ? 3 : 2);
  const isNamespaced = rest[0] === "namespaces" && rest.length > 2;
  const [plural = "", given, subresource] = isNamespaced ? rest.slice(2) : rest;
  const name = given ?? created ?? "";
  const where = isNamespaced ? `${rest[1]}/${name}` : name;
  if (subresource === "eviction") return `evicts ${where}`;
  const what = name === "" ? plural : singular(plural);
  return `${verb} ${what}${subresource === undefined ? "" : `/${subresource}`} ${where}`.trimEnd();
}
