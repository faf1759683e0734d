import type { ClusterPort, DamagedRun, Host, LeasePort, RunStore } from "#gateway/ports.ts";
import type { Node } from "#model/objects.ts";
import { hasSent, isClosedElsewhere, readUnfinishedRuns, type UnfinishedRun } from "./lock-annotations.ts";
import { readHolder } from "./lock-holder.ts";
import { foldEntries } from "./recorder.ts";
import { cordonedNodes, isSettled, type RunPhase, type RunState, stepsOfLane } from "./run-state.ts";

export interface RunDescription {
  readonly run: string;
  readonly name: string;
  readonly digest: string;
  /**
   * "elsewhere": named by the lease, its journal is on another machine. "damaged": it is here, and
   * cannot be read. "interrupted": by its journal it runs, but no process works on it. "aborting" is also
   * one that an abort from another machine has closed, and that its own journal still calls open.
   */
  readonly phase: RunPhase | "elsewhere" | "damaged" | "interrupted";
  readonly host: string;
  readonly path: string;
  readonly startedAt: string;
  readonly stepsSettled: number;
  readonly stepsTotal: number;
  /** By the run's own records; of one that has ended, by its marks on the nodes. */
  readonly cordoned: readonly string[];
  /** Why it stopped; null where it did not, or where that is not known. */
  readonly stopped: string | null;
}

export interface ClusterStatus {
  readonly clusterUid: string;
  readonly server: string;
  /** "HOST/PID/RUN", "" where nobody holds the lock. */
  readonly holder: string;
  readonly renewedAt: string;
  /** The holder was a process of this machine that is no more: whoever comes next takes the lock at once. */
  readonly holderIsGone: boolean;
  readonly runs: readonly RunDescription[];
  /** Nodes that carry a cordon of dextre, whichever run's. */
  readonly marked: readonly { readonly node: string; readonly run: string; readonly schedulable: boolean }[];
}

const CLOSED_ELSEWHERE = "an abort from another machine has closed it";

/** What `status` shows: the runs of this machine, those the lease names, and the marks on the nodes. */
export async function describeRuns(options: {
  readonly cluster: ClusterPort;
  readonly leases: LeasePort;
  readonly store: RunStore;
  readonly host: Host;
  readonly nodes: Iterable<Node>;
  readonly stop: AbortSignal;
}): Promise<ClusterStatus> {
  const identity = await options.cluster.identity(options.stop);
  const lease = await options.leases.read(options.stop);
  const holder = describeHolder(lease?.holder ?? "", options.host);
  const marked = marksOf(options.nodes);
  const stored = await options.store.read(identity.uid);
  const local = stored.runs.filter((run) => run.entries.length > 0);
  const here = local.map((run): RunDescription => {
    const state = foldEntries(run.entries);
    const isOpen = state.phase === "stopped" || (state.phase === "running" && holder.run !== run.run);
    const isClosed = isOpen && hasSent(run.entries) && isClosedElsewhere(lease?.annotations, run.run);
    const start = run.entries[0];
    const host = start?.record.kind === "RunStarted" ? start.record.host : "";
    return {
      run: run.run,
      name: run.plan.content.name,
      digest: run.plan.digest,
      phase: isClosed ? "aborting" : isOpen && state.phase === "running" ? "interrupted" : state.phase,
      host,
      path: run.path,
      startedAt: start?.at ?? "",
      ...countSteps(state, run.plan.content),
      cordoned:
        isClosed || state.phase === "finished" || state.phase === "aborted"
          ? marked.filter((mark) => mark.run === run.run && !mark.schedulable).map(({ node }) => node)
          : cordonedNodes(run.plan.content, state),
      stopped: isClosed ? CLOSED_ELSEWHERE : (state.stop?.message ?? null),
    };
  });
  const named = readUnfinishedRuns(lease?.annotations ?? {});
  const damaged = stored.damaged.map((run) => describeDamaged(run, named));
  const elsewhere = named
    .filter((run) => ![...here, ...damaged].some((known) => known.run === run.run))
    .map((run): RunDescription => {
      const { name, digest, host, path, startedAt } = run;
      const unknown = { stepsSettled: 0, stepsTotal: 0, cordoned: [], stopped: null };
      return { run: run.run, name, digest, phase: "elsewhere", host, path, startedAt, ...unknown };
    });
  return {
    clusterUid: identity.uid,
    server: identity.server,
    holder: holder.name,
    renewedAt: lease?.renewedAt ?? "",
    holderIsGone: holder.isGone,
    runs: [...here, ...damaged, ...elsewhere],
    marked,
  };
}

/** run: the one that is being worked on, as far as can be told from here; "" for none. */
function describeHolder(
  text: string,
  here: Host,
): { readonly name: string; readonly run: string; readonly isGone: boolean } {
  const { host, pid, run, machine } = readHolder(text);
  const isGone = machine === here.machine && here.isProcessAlive(Number(pid)) === false;
  // What tells machines and processes apart is nothing for people.
  const name = text === "" ? "" : `${host}/${pid}/${run}`;
  return { name, run: isGone ? "" : run, isGone };
}

function describeDamaged(
  { run, path, plan, message }: DamagedRun,
  named: readonly UnfinishedRun[],
): RunDescription {
  const unfinished = named.find((other) => other.run === run);
  return {
    run,
    name: plan?.content.name ?? unfinished?.name ?? "",
    digest: plan?.digest ?? unfinished?.digest ?? "",
    phase: "damaged",
    host: unfinished?.host ?? "",
    path,
    startedAt: unfinished?.startedAt ?? "",
    stepsSettled: 0,
    stepsTotal: 0,
    cordoned: [],
    stopped: unfinished ? `${message}; close it with: dextre abort ${run}` : message,
  };
}

function countSteps(
  state: RunState,
  content: Parameters<typeof stepsOfLane>[0],
): { readonly stepsSettled: number; readonly stepsTotal: number } {
  const steps = content.lanes.flatMap((lane) => stepsOfLane(content, state, lane.id));
  return { stepsSettled: steps.filter((step) => isSettled(state, step.id)).length, stepsTotal: steps.length };
}

function marksOf(nodes: Iterable<Node>): ClusterStatus["marked"] {
  const marked: { node: string; run: string; schedulable: boolean }[] = [];
  for (const node of nodes) {
    if (node.cordonMarker) {
      marked.push({ node: node.name, run: node.cordonMarker.run, schedulable: !node.unschedulable });
    }
  }
  return marked.sort((one, other) => (one.node < other.node ? -1 : 1));
}
