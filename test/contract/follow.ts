import type { KubernetesStream } from "#gateway/wire.ts";
import { type Body, until } from "./api.ts";
import type { Subject } from "./subject.ts";

export interface WatchEvent {
  readonly type: string;
  readonly object: Body;
}

/** A watch under way. */
export interface Follower {
  readonly status: number;
  /** Of an answer that is not 200. */
  readonly body: unknown;
  /** What has come so far. */
  readonly events: readonly WatchEvent[];
  /** True once the server has ended it. */
  readonly isEnded: boolean;
  close(): void;
}

/** Opens a watch and gathers its events. */
export async function follow(
  { kubernetes }: Subject,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<Follower> {
  const controller = new AbortController();
  const stream = await kubernetes.stream(
    { method: "GET", path, query: { watch: "true", ...query } },
    controller.signal,
  );
  const follower = {
    status: stream.status,
    body: stream.body,
    events: [] as WatchEvent[],
    isEnded: false,
    close: () => controller.abort(),
  };
  if (stream.status === 200) {
    void gather(stream, follower.events, controller.signal).then((ended) => {
      follower.isEnded = ended;
    });
  }
  return follower;
}

/** True where the server ended the stream, false where we did or the connection broke. */
async function gather(stream: KubernetesStream, events: WatchEvent[], signal: AbortSignal): Promise<boolean> {
  try {
    for await (const event of stream.events) events.push(event as WatchEvent);
    return !signal.aborted;
  } catch {
    return false;
  }
}

/** Settled when the watch has told of these objects as they were listed: it may come later than a list. */
export async function untilTold(
  subject: Subject,
  { events }: Follower,
  listed: readonly Body[],
): Promise<void> {
  const isTold = ({ metadata }: Body): boolean =>
    events.some(
      ({ object }) =>
        object.metadata.uid === metadata.uid &&
        Number(object.metadata.resourceVersion) >= Number(metadata.resourceVersion),
    );
  await until(subject, "the watch to follow", async () => listed.every(isTold) || undefined);
}

/** "ADDED web-0", in order. */
export function told({ events }: Follower): readonly string[] {
  return events.map(({ type, object }) => `${type} ${object.metadata.name}`);
}
