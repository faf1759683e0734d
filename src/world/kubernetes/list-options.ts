import { forbiddenField, unsupported } from "./problems.ts";
import { allInvalid, badRequest, failure, type Problem, type ServerAnswer } from "./status.ts";

type Query = Readonly<Record<string, string>>;

const match = "resourceVersionMatch";

/** The answer to a list whose parameters contradict each other. Source: metav1 ValidateListOptions, measured. */
export function refuseList(query: Query): ServerAnswer | undefined {
  const badNumber = refuseNumbers(query);
  if (badNumber !== undefined) return badNumber;
  const version = query.resourceVersion ?? "";
  const problems = listProblems(query, version);
  if (problems.length > 0) return allInvalid({ kind: "ListOptions", group: "meta.k8s.io" }, "", problems);
  if (version === "" || /^\d+$/.test(version)) return undefined;
  return badRequest(`invalid resource version: ${badVersion(version)}`);
}

function refuseNumbers({ limit, timeoutSeconds }: Query): ServerAnswer | undefined {
  const wrong = [timeoutSeconds, limit].find((text = "") => text !== "" && !/^[+-]?\d+$/.test(text));
  if (wrong === undefined) return undefined;
  return badRequest(`strconv.ParseInt: parsing ${JSON.stringify(wrong)}: invalid syntax`);
}

function badVersion(version: string): string {
  const quoted = JSON.stringify(version);
  return `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`;
}

function listProblems(query: Query, version: string): readonly Problem[] {
  const wanted = query.resourceVersionMatch ?? "";
  const problems: Problem[] = [];
  if (wanted !== "") {
    if (version === "") {
      problems.push(forbiddenField(match, `${match} is forbidden unless resourceVersion is provided`));
    }
    if ((query.continue ?? "") !== "") {
      problems.push(forbiddenField(match, `${match} is forbidden when continue is provided`));
    }
    if (wanted !== "Exact" && wanted !== "NotOlderThan") {
      problems.push(unsupported(match, wanted, ["Exact", "NotOlderThan", ""]));
    }
    if (wanted === "Exact" && version === "0") {
      problems.push(forbiddenField(match, `${match} "exact" is forbidden for resourceVersion "0"`));
    }
  }
  if (query.sendInitialEvents !== undefined) {
    problems.push(forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  return problems;
}

/** The same of a watch. A version that is no number is an error of the server's own, without a reason. */
export function refuseWatch(query: Query): ServerAnswer | undefined {
  const badNumber = refuseNumbers(query);
  if (badNumber !== undefined) return badNumber;
  const wanted = query.resourceVersionMatch ?? "";
  const problems: Problem[] = [];
  if (query.sendInitialEvents !== undefined && wanted !== "NotOlderThan") {
    problems.push(forbiddenField(match, `sendInitialEvents requires setting ${match} to NotOlderThan`));
  }
  if (wanted !== "" && query.sendInitialEvents === undefined) {
    problems.push(
      forbiddenField(match, `${match} is forbidden for watch unless sendInitialEvents is provided`),
    );
  }
  if (wanted !== "" && wanted !== "NotOlderThan") problems.push(unsupported(match, wanted, ["NotOlderThan"]));
  if (problems.length > 0) return allInvalid({ kind: "ListOptions", group: "meta.k8s.io" }, "", problems);
  const version = query.resourceVersion ?? "";
  return version === "" || /^\d+$/.test(version) ? undefined : failure(500, undefined, badVersion(version));
}

/** What a watch begins with, by sendInitialEvents. */
export function initialEventsOf(query: Query): "asked" | "declined" | "unsaid" {
  const asked = query.sendInitialEvents;
  if (asked === undefined) return "unsaid";
  return asked === "true" || asked === "1" ? "asked" : "declined";
}
