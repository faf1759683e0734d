/** A problem of the rig that its user can act on: one sentence that says what to do. */
export class RigError extends Error {
  override readonly name = "RigError";
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
