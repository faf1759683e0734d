import { CORDON_ANNOTATION, SCALE_DOWN_ANNOTATION } from "#gateway/kubernetes/annotations.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { RunEnd } from "#model/run.ts";
import { type Line, span } from "#render/palette.ts";
import type { ClusterChoice } from "./open-world.ts";
import { repeatFlags } from "./repeat-flags.ts";
import { shellWord } from "./shell-word.ts";

/** What gives a node back that a finished run has drained and left cordoned; of other ends nothing. */
export function uncordonLines(end: RunEnd, { kubeconfig, context }: ClusterChoice): readonly Line[] {
  if (end.exit !== EXIT.done || end.cordoned.length === 0) return [];
  const flags = repeatFlags({ kubeconfig, context, stateFolder: undefined });
  const nodes = end.cordoned.map(shellWord).join(" ");
  return [
    [span("Uncordon with:  "), span(`kubectl uncordon ${nodes}${flags}`, "command")],
    [
      span("and so that an autoscaler may remove it again:  ", "dim"),
      span(
        `kubectl annotate node ${nodes} ${CORDON_ANNOTATION}- ${SCALE_DOWN_ANNOTATION}-${flags}`,
        "command",
      ),
    ],
  ];
}
