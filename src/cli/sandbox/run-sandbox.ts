import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { EXIT } from "#model/exit-codes.ts";
import { type Line, plain, span } from "#render/palette.ts";
import { count } from "#render/words.ts";
import { buildWorld } from "#world/build-world.ts";
import { hasten } from "#world/hasten.ts";
import { serveWorld } from "#world/http/serve-world.ts";
import type { Scenario } from "#world/scenario.ts";
import { sizeOf } from "#world/scenario-size.ts";
import { describeBroken } from "../broken-output.ts";
import { PrivateFolder } from "../private-folder.ts";
import { shellWord } from "../shell-word.ts";
import { watchStopSignals } from "../stop-signals.ts";
import type { Terminal } from "../terminal.ts";
import { writeLines } from "../write-lines.ts";
import { SandboxScreen } from "./sandbox-screen.ts";
import { SandboxWatch } from "./sandbox-watch.ts";
import { loadScenario } from "./scenarios.ts";

export interface SandboxOptions {
  /** A name of a scenario of dextre, or a file. */
  readonly scenario: string;
  /** How many times as fast as life. */
  readonly speed: number;
}

/** An embedded cluster on the loopback until somebody stops it. @throws CommandFailure */
export async function runSandbox(options: SandboxOptions, terminal: Terminal): Promise<number> {
  const scenario = hasten(await loadScenario(options.scenario, terminal), options.speed);
  if (isLarge(scenario)) writeLines(terminal.stderr, [making(scenario)]);
  const world = buildWorld(scenario, { seed: 1, now: Date.now(), clusterUid: randomUUID() });
  const folder = new PrivateFolder("dextre-sandbox-");
  const use = `. ${shellWord(join(folder.path, "env"))}`;
  const watch = new SandboxWatch(world, { name: scenario.name, use });
  const onFault = ({ message }: Error): void => watch.tellTrouble(`the embedded server failed: ${message}`);
  const served = await serveWorld({ world, users: ["admin"], onFault });
  const signals = watchStopSignals(() => undefined);
  terminal.onBroken((broken) => signals.ask(describeBroken(broken)));
  try {
    const kubeconfig = folder.write("kubeconfig", served.kubeconfig);
    const { stdout } = terminal;
    writeLines(stdout, introduction(scenario.name, world.list("nodes").length, stdout.isTerminal));
    const exports = exportLines({ KUBECONFIG: kubeconfig, ...served.awsEnvironment });
    stdout.write(exports);
    folder.write("env", exports);
    const screen = new SandboxScreen(watch, stdout, () => served.driver.now());
    if (stdout.isTerminal) stdout.write("\n");
    screen.start();
    await stopped(signals.stop);
    screen.stop();
    writeLines(stdout, stdout.isTerminal ? [[], plain("The sandbox has ended. Nothing of it is left.")] : []);
    return EXIT.done;
  } finally {
    await served.close();
    folder.remove();
    signals.close();
  }
}

/** From this many pods on somebody who waits would wonder. */
const LARGE = 3000;

const isLarge = (scenario: Scenario): boolean => sizeOf(scenario).pods >= LARGE;

function making(scenario: Scenario): Line {
  const { nodes, pods } = sizeOf(scenario);
  return plain(`Making ${nodes.toLocaleString("en")} nodes and ${pods.toLocaleString("en")} pods…`);
}

/** Outside a terminal all but the exports are comments, so that the output can be sourced. */
function introduction(name: string, nodes: number, isTerminal: boolean): readonly Line[] {
  const what = `The scenario ${name} on the loopback: ${count(nodes, "node")}, their cloud, nothing of it real.`;
  if (!isTerminal) return [plain(`# ${what}`)];
  return [plain(what), [span("In another terminal, for kubectl, dextre and the aws command:", "dim")], []];
}

/** Credentials of a profile would be taken instead of these. */
function exportLines(environment: Readonly<Record<string, string>>): string {
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${shellWord(value)}\n`);
  return [...lines, "unset AWS_PROFILE AWS_SESSION_TOKEN\n"].join("");
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
