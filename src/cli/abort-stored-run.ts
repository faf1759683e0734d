import { abortRun } from "#executor/abort-run.ts";
import { plain } from "#render/palette.ts";
import { sayEnd } from "./execute-plan.ts";
import { openScalingOf, openStore, openWorld } from "./open-world.ts";
import { repeatFlags } from "./repeat-flags.ts";
import { watchStopSignals } from "./stop-signals.ts";
import type { Terminal } from "./terminal.ts";
import { writeLines } from "./write-lines.ts";

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
  const run = options.run.toLowerCase();
  const { runs } = await store.read((await world.cluster.identity()).uid);
  // A run of another machine is closed by what the cluster tells of it.
  const stored = runs.find((one) => one.run === run);
  const { stdout, stderr } = terminal;
  const signals = watchStopSignals((words) => stderr.write(`${words}\n`));
  const { cluster, leases, clock, host } = world;
  const end = await abortRun({
    run,
    cluster,
    leases,
    clock,
    host,
    store,
    scaling: stored ? await openScalingOf(stored.plan, options.region, world) : null,
    emit: (event) => {
      if (event.kind === "Notice") writeLines(stderr, [plain(event.message)]);
    },
    stop: signals.stop,
  }).finally(() => signals.close());
  const lines = [
    ...end.undone.map((one) => plain(`undone  ${one}`)),
    ...end.left.map((one) => plain(`left    ${one}`)),
  ];
  writeLines(stdout, lines);
  sayEnd(end, { planFile: null, signal: signals.reason(), flags: repeatFlags(options) }, terminal);
  return end.exit;
}
