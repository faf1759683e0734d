import { stateRoot } from "./paths.ts";
import { releasePorts } from "./ports.ts";
import { startTimeOf, stopProcesses } from "./processes.ts";
import { allRigStates, keepLogsAlone, type RigState, removeRigFolder } from "./rig-state.ts";

/**
 * Ends exactly the processes of this rig, frees its ports and removes its folder; or leaves its logs there, until
 * it is taken down by its name.
 */
export async function stopRig(state: RigState, options: { readonly keepLogs?: boolean } = {}): Promise<void> {
  // the last started first: the API server goes after its clients
  await stopProcesses(state.processes.toReversed());
  releasePorts(stateRoot(), state.ports.base);
  if (options.keepLogs) keepLogsAlone(state);
  else removeRigFolder(stateRoot(), state.name);
}

/** Takes down the rigs whose test process is gone without having done it. */
export async function stopAbandonedRigs(): Promise<void> {
  for (const state of allRigStates(stateRoot())) {
    if (state.owner && startTimeOf(state.owner.pid) !== state.owner.startedAt) await stopRig(state);
  }
}
