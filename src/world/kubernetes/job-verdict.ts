/** Why a Job is to end: its pods are stopped first, then it is Failed or Complete. */
export interface Verdict {
  readonly type: "FailureTarget" | "SuccessCriteriaMet";
  readonly reason: string;
  readonly message: string;
}
