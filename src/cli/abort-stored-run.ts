import { abortRun } from "#executor/abort-run.ts";
import type { RunStore } from "#gateway/ports.ts";
import { EXIT } from "#model/exit-codes.ts";
import { paintAll, plain } from "#render/palette.ts";
import { sayEnd } from "./execute-plan.ts";
import { fail } from "./failure.ts";
import { openScalingOf, openStore, openWorld } from "./open-world.ts";
import { repeatFlags } from "./repeat-flags.ts";
import { watchStopSignals } from "./stop-signals.ts";
import type { Terminal } from "./terminal.ts";

export interface AbortOptions {
  readonly run: string;
  readonly stateFolder: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly region: string | undefined;
}

export async function abortStoredRun(options: AbortOptions, terminal: Terminal): Promise<number> {
  const world = await openWorld(options, terminal);
  const store = await openStore(options.stateFolder, terminal);
  const stored = await findRun(options.run, store, (await world.cluster.identity()).uid);
  const { stdout, stderr } = terminal;
  const signals = watchStopSignals((words) => stderr.write(`${words}\n`));
  const { cluster, leases, clock, host } = world;
  const end = await abortRun({
    run: stored.run,
    cluster,
    leases,
    clock,
    host,
    store,
    scaling: await openScalingOf(stored.plan, options.region, world),
    emit: (event) => {
      if (event.kind === "Notice") stderr.write(paintAll([plain(event.message)], stderr.colour));
    },
    stop: signals.stop,
  }).finally(() => signals.close());
  const lines = [
    ...end.undone.map((one) => plain(`undone  ${one}`)),
    ...end.left.map((one) => plain(`left    ${one}`)),
  ];
  stdout.write(paintAll(lines, stdout.colour));
  sayEnd(end, { planFile: null, signal: signals.reason(), flags: repeatFlags(options) }, terminal);
  return end.exit;
}

async function findRun(id: string, store: RunStore, clusterUid: string) {
  const stored = (await store.runs(clusterUid)).find(({ run }) => run === id.toLowerCase());
  return (
    stored ??
    fail(
      EXIT.refused,
      "E-RUN-UNKNOWN",
      `there is no run ${id} of this cluster on this machine`,
      "see: dextre status",
    )
  );
}
