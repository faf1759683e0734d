/** What a process of dextre says when it ends. */
export const EXIT = {
  done: 0,
  unexpected: 1,
  differences: 2,
  /** Nothing was changed, for an expected reason. */
  refused: 3,
  /** A requested stop; resumable. */
  stopped: 4,
  /** Stopped after a mutation by a failure or a timeout; resumable. */
  failed: 5,
  /** A step's outcome is unknown and could not be probed. */
  unknown: 6,
  locked: 7,
  notApproved: 8,
  usage: 64,
  invalid: 65,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
