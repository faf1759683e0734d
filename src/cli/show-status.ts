import { describeRuns } from "#executor/describe-runs.ts";
import { EXIT } from "#model/exit-codes.ts";
import { statusLines } from "#render/status-text.ts";
import { openStore, openWorld } from "./open-world.ts";
import { repeatFlags } from "./repeat-flags.ts";
import type { Terminal } from "./terminal.ts";
import { readingColumns, writeLines } from "./write-lines.ts";

export interface StatusOptions {
  readonly format: "text" | "json";
  readonly stateFolder: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

export async function showStatus(options: StatusOptions, terminal: Terminal): Promise<number> {
  const { cluster, leases, clock, host } = await openWorld(options, terminal);
  const store = await openStore(options.stateFolder, terminal);
  const snapshot = await cluster.readOnce();
  const status = await describeRuns({
    cluster,
    leases,
    store,
    host,
    nodes: snapshot.nodes(),
    stop: new AbortController().signal,
  });
  const { stdout } = terminal;
  if (options.format === "json") stdout.write(`${JSON.stringify(status, null, 2)}\n`);
  else writeLines(stdout, statusLines(status, clock.now(), repeatFlags(options), readingColumns(stdout)));
  return EXIT.done;
}
