import { EXIT } from "#model/exit-codes.ts";
import type { RunEnd } from "#model/run.ts";
import { type Line, span } from "#render/palette.ts";
import type { ClusterChoice } from "./open-world.ts";
import { repeatFlags } from "./repeat-flags.ts";
import { shellWord } from "./shell-word.ts";

/**
 * What gives nodes back that a finished run has drained and left cordoned; of other ends nothing. An
 * abort takes the annotations along, for the autoscaler too; kubectl leaves them.
 */
export function uncordonLines(end: RunEnd, { flags, choice }: UncordonOptions): readonly Line[] {
  if (end.exit !== EXIT.done || end.cordoned.length === 0 || end.run === "") return [];
  const { kubeconfig, context } = choice;
  const kubectlFlags = repeatFlags({ kubeconfig, context, stateFolder: undefined });
  const { cordonedBefore = [] } = end;
  const ours = end.cordoned.filter((node) => !cordonedBefore.includes(node));
  const nodes = (ours.length === 0 ? cordonedBefore : ours).map(shellWord).join(" ");
  if (ours.length === 0) {
    return [
      [span("Take the annotations away with:  "), span(`dextre abort ${end.run}${flags}`, "command")],
      [
        span("and, once nobody needs that cordon, uncordon with:  ", "dim"),
        span(`kubectl uncordon ${nodes}${kubectlFlags}`, "command"),
      ],
    ];
  }
  return [
    [span("Uncordon with:  "), span(`dextre abort ${end.run}${flags}`, "command")],
    [
      span("or, which leaves the run's annotations on the node, with:  ", "dim"),
      span(`kubectl uncordon ${nodes}${kubectlFlags}`, "command"),
    ],
  ];
}

export interface UncordonOptions {
  /** Those that an abort of the run needs too: " --context prod"; or "". */
  readonly flags: string;
  /** How the cluster was chosen. */
  readonly choice: ClusterChoice;
}
