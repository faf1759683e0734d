import type { WorldRequest } from "#world/world.ts";
import type { Court, Rule, Suspect } from "./court.ts";
import { type Write, writeOf } from "./requests.ts";

/**
 * I7: when a write is sent, its intent is durable. I10: none goes to another cluster or account, and
 * none where what has to follow it may not be done.
 */
export class WriteAheadRule implements Rule {
  readonly #court: Court;

  constructor(court: Court) {
    this.#court = court;
  }

  sent(suspect: Suspect, request: WorldRequest): void {
    const write = writeOf(request);
    if (!write || write.kind === "other") return;
    this.#judgeIdentity(suspect, write);
    const wanted = intentsFor(write);
    // Where the journal is on another machine, an abort goes by the marks on the nodes.
    if (!suspect.plan && !suspect.journal && write.kind === "patch" && write.unschedulable !== true) return;
    if (wanted.some((intent) => suspect.journal?.intents.has(intent))) return;
    this.#court.report("I7", `${suspect.name} sends ${JSON.stringify(write)} without a durable intent`);
  }

  #judgeIdentity(suspect: Suspect, write: Write): void {
    const { name, plan } = suspect;
    if (!plan) return;
    const { world } = this.#court;
    const { uid, aws } = plan.content.cluster;
    const there = world.get("namespaces", undefined, "kube-system")?.metadata.uid;
    if (uid !== there)
      this.#court.report("I10", `${name} sends a ${write.kind} to cluster ${there}, planned was ${uid}`);
    const begun = suspect.journal?.firstAt ?? world.now;
    if (this.#court.circumstances.areClocksRight && begun > Date.parse(plan.meta.expiresAt) + 1_000)
      this.#court.report("I10", `${name} begins a plan that expired at ${plan.meta.expiresAt}`);
    if (world.cluster.denials.length > 0)
      this.#court.report("I10", `${name} sends a ${write.kind}, and has no right to evict`);
    const isOther = aws && (aws.accountId !== world.fleet.account || aws.region !== world.fleet.region);
    if (isOther) this.#court.report("I10", `${name} sends a ${write.kind} to another account or region`);
  }
}

function intentsFor(write: Exclude<Write, { readonly kind: "other" }>): readonly string[] {
  switch (write.kind) {
    case "evict":
      return [`EvictPod ${write.uid}`];
    case "terminate":
      return [`TerminateInstance ${write.instance}`];
    case "patch":
      return write.unschedulable === true ? [`CordonNode ${write.uid}`] : [`UncordonNode ${write.uid}`];
  }
}
