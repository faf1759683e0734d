/** Something that is done to a lane. Names are the lane's own; nodes are told by their number, 0 or 1. */
export type Operation =
  | { readonly kind: "create"; readonly plural: string; readonly body: Manifest }
  | {
      readonly kind: "patch";
      readonly plural: string;
      readonly name: string;
      readonly patch: object;
      readonly type?: PatchType;
      readonly query?: Query;
    }
  | { readonly kind: "replace"; readonly plural: string; readonly name: string; readonly change: object }
  | { readonly kind: "delete"; readonly plural: string; readonly name: string; readonly options?: object }
  | { readonly kind: "read"; readonly plural: string; readonly name?: string; readonly query?: Query }
  | {
      readonly kind: "evict";
      readonly app: string;
      readonly pod: number;
      readonly count: number;
      readonly options?: EvictOptions;
    }
  | { readonly kind: "deletePod"; readonly app: string; readonly pod: number; readonly options?: object }
  | {
      readonly kind: "patchPod";
      readonly app: string;
      readonly pod: number;
      readonly type?: PatchType;
      readonly patch: object;
    }
  | { readonly kind: "patchNode"; readonly node: number; readonly patch: object }
  | { readonly kind: "terminate"; readonly node: number }
  | { readonly kind: "settle" };

export type PatchType = "merge" | "json" | "strategic";
export type Query = Readonly<Record<string, string>>;

export interface Manifest {
  readonly metadata: { readonly name?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

export interface EvictOptions {
  readonly uid?: "right" | "wrong";
  readonly isDryRun?: boolean;
  readonly gracePeriodSeconds?: number;
}

/** What is done to one lane, in order; the lane is settled before the first and after the last. */
export interface Sequence {
  readonly seed: number;
  readonly operations: readonly Operation[];
}
