import type { Scenario } from "#world/scenario.ts";

/** The pace of the AWS endpoint and the kubelets, in seconds. */
export interface RigPace {
  /** Launch → running and InService. */
  readonly instanceBootSeconds: number;
  /** Told to terminate → terminated. */
  readonly instanceTerminateSeconds: number;
  /** Running → its Node exists. */
  readonly kubeletJoinSeconds: number;
  /** Node exists → Ready. */
  readonly nodeReadySeconds: number;
}

/** The scenario's timings, as far as a real control plane leaves them open. */
export function paceOf({ timings = {} }: Scenario): RigPace {
  const seconds = (milliseconds: number | undefined, otherwise: number): number =>
    milliseconds === undefined ? otherwise : milliseconds / 1000;
  return {
    instanceBootSeconds: seconds(timings.instanceBootMs, 4),
    instanceTerminateSeconds: seconds(timings.instanceStopMs, 3),
    kubeletJoinSeconds: seconds(timings.nodeJoinMs, 3),
    nodeReadySeconds: seconds(timings.nodeReadyMs, 1),
  };
}
