import { join } from "node:path";
import { EXIT } from "#model/exit-codes.ts";
import type { Plan } from "#model/plan.ts";
import type { Spec } from "#model/spec.ts";
import { span } from "#render/palette.ts";
import { executeOpened } from "../execute-plan.ts";
import { planAgainst } from "../make-plan-document.ts";
import { openScaling, openScalingOf, openStore, openWorld, regionOf } from "../open-world.ts";
import { repeatFlags } from "../repeat-flags.ts";
import { shellWord } from "../shell-word.ts";
import type { Terminal } from "../terminal.ts";
import { readingColumns } from "../write-lines.ts";
import { confirm } from "./confirm.ts";

export interface OneLinerOptions {
  readonly spec: Spec;
  /** The command line as it was given, for whoever has to give it again. */
  readonly again: string;
  /** By the spec's field: what accepts a blocker on this command line, where it is not a flag to add. */
  readonly acceptances?: Readonly<Record<string, string>>;
  readonly isConfirmed: boolean;
  readonly isDryRun: boolean;
  readonly isVerbose: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly stateFolder: string | undefined;
}

/** How a one-liner gets at cluster, groups and run folders; tests open the embedded cluster. */
export interface Openers {
  readonly openWorld: typeof openWorld;
  readonly openScaling: typeof openScaling;
  readonly openScalingOf: typeof openScalingOf;
  readonly openStore: typeof openStore;
}

const OPENERS: Openers = { openWorld, openScaling, openScalingOf, openStore };
const DAYS_3 = 72 * 3600;

/** Plan, show, ask, apply: what plan and apply do in two steps, in one. */
export async function runOneLiner(
  options: OneLinerOptions,
  terminal: Terminal,
  open: Openers = OPENERS,
): Promise<number> {
  const { spec } = options;
  const world = await open.openWorld(options, terminal);
  const plan = await planAgainst(spec, {
    world,
    region: (snapshot) => regionOf(snapshot, spec, undefined, terminal),
    scaling: (region) => open.openScaling(world, region),
    expiresInSeconds: DAYS_3,
  });
  await show(plan, options, terminal);
  if (!plan.content.applyable) return EXIT.refused;
  if (options.isDryRun) return EXIT.done;
  if (!options.isConfirmed) await confirm(terminal);
  const store = await open.openStore(options.stateFolder, terminal);
  const flags = repeatFlags({ ...options });
  const keptAs = (run: string): string =>
    shellWord(join(store.pathOf(plan.content.cluster.uid, run), "plan.json"));
  const end = await executeOpened(
    {
      mode: "order",
      plan,
      world,
      store,
      scaling: await open.openScalingOf(plan, undefined, world),
      approve: null,
      planFileOf: (run) => (run === "" ? null : keptAs(run)),
      flags,
      again: options.again,
      choice: options,
      onStart: (run, say) =>
        say([
          span("If it is interrupted, it goes on with:  "),
          span(`dextre resume ${keptAs(run)}${flags}`, "command"),
        ]),
    },
    terminal,
  );
  return end.exit;
}

async function show(plan: Plan, options: OneLinerOptions, { stdout }: Terminal): Promise<void> {
  const { renderPlanText } = await import("#render/plan-text.ts");
  stdout.write(
    renderPlanText(plan, {
      colour: stdout.colour,
      columns: readingColumns(stdout),
      planFile: null,
      ofCommand: {
        isShort: !options.isVerbose,
        isDryRun: options.isDryRun,
        acceptances: options.acceptances ?? {},
      },
    }),
  );
}
