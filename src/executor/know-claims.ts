import type { Pod } from "#model/objects.ts";
import type { StepContext } from "./step-context.ts";

/**
 * Reads claims anew where one of these pods uses one that the view does not know, or knows as not
 * bound yet: a pod that came after the last list. Before any judgement of where a pod may run.
 */
export async function knowClaims(pods: readonly (Pod | undefined)[], context: StepContext): Promise<void> {
  const { snapshot } = context.live;
  const isNews = pods.some((pod) =>
    pod?.claims.some((name) => (snapshot.claim(pod.namespace, name)?.volumeName ?? "") === ""),
  );
  if (isNews) await context.live.refreshClaims(context.halt);
}
