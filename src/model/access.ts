/** One permission, as a SelfSubjectAccessReview asks for it. */
export interface Access {
  readonly verb: string;
  /** "" for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Absent: in every namespace, or cluster-scoped. */
  readonly namespace?: string;
}
