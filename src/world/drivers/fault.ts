import type { AwsError, KubernetesResponse, WireFailure } from "#gateway/wire.ts";
import type { WorldRequest } from "../world.ts";

/** What goes wrong with one request. */
export type Fault =
  /** Never reaches the server; the client sees a broken connection. */
  | { readonly kind: "lostRequest"; readonly failure: WireFailure }
  /** The server applies it; the client sees a broken connection. */
  | { readonly kind: "lostAnswer"; readonly failure: WireFailure }
  /** The server answers this without applying it. */
  | { readonly kind: "answer"; readonly response: KubernetesResponse }
  | { readonly kind: "awsError"; readonly error: AwsError }
  /** The server applies it and answers this instead. */
  | { readonly kind: "answerAfter"; readonly response: KubernetesResponse }
  /** Everything as usual, later. */
  | { readonly kind: "slow"; readonly delayMs: number };

/** Decides the fault of each request, when it is sent; undefined: none. */
export type FaultRule = (client: string, time: number, request: WorldRequest) => Fault | undefined;
