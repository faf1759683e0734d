/** What a code is by its first letter. */
export const CODE_KINDS: Readonly<Record<string, string>> = {
  E: "error or refusal",
  B: "blocker of a plan",
  W: "warning",
  D: "drift between plan and apply",
  R: "reason or result",
  N: "notice, or why a step waits",
};
