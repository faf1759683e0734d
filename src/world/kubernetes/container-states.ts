import { valueAt } from "../json.ts";
import { timestamp } from "../time.ts";
import type { Pod } from "./pod-types.ts";

/** What every container of a pod is doing: the world's pods start, crash and end as a whole. */
export type ContainerState =
  | { readonly kind: "creating" }
  | { readonly kind: "running"; readonly ready: boolean; readonly sinceMs: number }
  | { readonly kind: "crashed"; readonly atMs: number; readonly message: string }
  | { readonly kind: "ended"; readonly atMs: number; readonly exitCode: number };

/** status.containerStatuses. `restarts` is how often the containers were started again. */
export function containerStatuses(pod: Pod, state: ContainerState, restarts: number): readonly unknown[] {
  const last = lastState(pod, state);
  const now = stateOf(pod, state);
  const isRunning = state.kind === "running";
  return pod.spec.containers.map((container) => ({
    name: container.name,
    image: container.image,
    imageID: "",
    ready: isRunning && state.ready,
    started: isRunning,
    restartCount: restarts,
    state: now,
    lastState: last,
  }));
}

function stateOf(pod: Pod, state: ContainerState): unknown {
  switch (state.kind) {
    case "creating":
      return { waiting: { reason: "ContainerCreating" } };
    case "running":
      return { running: { startedAt: timestamp(state.sinceMs) } };
    case "crashed":
      return { waiting: { reason: "CrashLoopBackOff", message: state.message } };
    case "ended":
      return { terminated: terminated(pod, state.exitCode, state.atMs) };
  }
}

function terminated(pod: Pod, exitCode: number, atMs: number): unknown {
  const finishedAt = timestamp(atMs);
  const startedAt = startedAtOf(pod) ?? finishedAt;
  return { exitCode, reason: exitCode === 0 ? "Completed" : "Error", startedAt, finishedAt };
}

/** A container that crashed remembers how, also when it runs again. */
function lastState(pod: Pod, state: ContainerState): unknown {
  if (state.kind === "crashed") return { terminated: terminated(pod, 1, state.atMs) };
  return valueAt(pod.status.containerStatuses?.[0], "lastState") ?? {};
}

/** When the first container was started; undefined where it does not run. */
export function startedAtOf(pod: Pod): string | undefined {
  const text = valueAt(pod.status.containerStatuses?.[0], "state", "running", "startedAt");
  return typeof text === "string" ? text : undefined;
}

export function restartsOf(pod: Pod): number {
  const count = valueAt(pod.status.containerStatuses?.[0], "restartCount");
  return typeof count === "number" ? count : 0;
}

/** Waits for its next start after a crash. */
export function isCrashed(pod: Pod): boolean {
  return valueAt(pod.status.containerStatuses?.[0], "state", "waiting", "reason") === "CrashLoopBackOff";
}
