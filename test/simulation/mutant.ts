/** A bug planted on purpose: the storm must find it, or it would not find the real one either. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The mistake that it stands for. */
  readonly why: string;
}
