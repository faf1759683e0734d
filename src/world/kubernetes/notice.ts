import type { Resource } from "./object-types.ts";

/** What a controller tells people about an object: one line of `kubectl describe`. */
export interface Notice {
  readonly type: "Normal" | "Warning";
  /** A word such as "ScalingReplicaSet". */
  readonly reason: string;
  readonly message: string;
  /** The program that says it, such as "deployment-controller". */
  readonly component: string;
}

/** Where core/v1 Events go. Without a recorder nothing is written. */
export interface EventRecorder {
  record(about: Resource, notice: Notice): void;
}
