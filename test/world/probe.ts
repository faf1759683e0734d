import type { KubernetesMethod, KubernetesRequest } from "#gateway/wire.ts";
import type { World } from "#world/world.ts";

/** One answer, opened up. */
export interface ProbeAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly delayMs: number;
  readonly body: Body;
}

/** Any answer's body: a Status, an object or a list. */
export interface Body {
  readonly kind?: string;
  readonly status?: unknown;
  readonly reason?: string;
  readonly message?: string;
  readonly code?: number;
  readonly details?: {
    readonly causes?: readonly {
      readonly reason?: string;
      readonly field?: string;
      readonly message?: string;
    }[];
  };
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
  };
  readonly items?: readonly Body[];
  readonly spec?: { readonly unschedulable?: boolean };
}

/** Talks to a world directly, without a driver: no time passes. */
export class Probe {
  readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  send(
    method: KubernetesMethod,
    path: string,
    body?: KubernetesRequest["body"],
    more: Pick<KubernetesRequest, "query" | "contentType"> = {},
  ): ProbeAnswer {
    const request = { method, path, ...more, ...(body === undefined ? {} : { body }) };
    const answer = this.world.handle(this.world.now, { kind: "kubernetes", request }, "probe");
    if (answer.kind !== "kubernetes") throw new Error("not a Kubernetes answer");
    const { status, headers, body: content, delayMs } = answer.answer;
    return { status, retryAfter: headers["retry-after"], delayMs: delayMs ?? 0, body: content as Body };
  }

  get(path: string, query: Readonly<Record<string, string>> = {}): ProbeAnswer {
    return this.send("GET", path, undefined, { query });
  }

  patch(path: string, body: KubernetesRequest["body"]): ProbeAnswer {
    return this.send("PATCH", path, body, { contentType: "application/merge-patch+json" });
  }
}
