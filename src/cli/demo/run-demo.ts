import { parse } from "yaml";
import { EXIT } from "#model/exit-codes.ts";
import { buildWorld } from "#world/build-world.ts";
import { checkScenario } from "#world/check-scenario.ts";
import { hasten } from "#world/hasten.ts";
import { type ServedWorld, serveWorld } from "#world/http/serve-world.ts";
import small from "../../../scenarios/small.yaml?raw";
import { describeBroken } from "../broken-output.ts";
import { PrivateFolder } from "../private-folder.ts";
import { watchStopSignals } from "../stop-signals.ts";
import type { Terminal } from "../terminal.ts";
import { childEnvironment } from "./child-environment.ts";
import { ChildRunner } from "./child-runner.ts";
import { Demo } from "./demo.ts";

export interface DemoOptions {
  /** How many times as fast instances boot and pods start and stop. */
  readonly speed: number;
  /** What runs a command line of dextre, without its words: Node and the program's file. */
  readonly program: readonly string[];
}

/**
 * Plan, apply, kill -9, resume: real processes of dextre on an embedded cluster that this process serves
 * on the loopback. Afterwards nothing of it is left, however it ends.
 */
export async function runDemo({ speed, program }: DemoOptions, terminal: Terminal): Promise<number> {
  let children: ChildRunner | undefined;
  const signals = watchStopSignals((words) => {
    // A process that carries out a plan is told of a signal, and says the same.
    if (!/^SIG/.test(words)) terminal.stderr.write(`${words}\n`);
  });
  signals.stop.addEventListener("abort", () =>
    children?.stop(signals.reason() === "SIGINT" ? "SIGINT" : "SIGTERM"),
  );
  terminal.onBroken((broken) => signals.ask(describeBroken(broken)));
  const folder = new PrivateFolder("dextre-demo-");
  const world = buildWorld(hasten(checkScenario(parse(small)), speed), { seed: 1, now: Date.now() });
  const onFault = (fault: Error): void =>
    terminal.stderr.write(`the embedded server failed: ${fault.stack ?? fault.message}\n`);
  const served = await serveWorld({ world, users: ["dextre"], onFault });
  const environment = environmentOf(served, folder, terminal);
  children = new ChildRunner({ program, folder: folder.path, environment, terminal });
  let exit: number;
  try {
    exit = await new Demo({ folder, world, children, stop: signals.stop, terminal }).run();
  } finally {
    children.close();
    await served.close();
    folder.remove();
    signals.close();
  }
  if (exit === EXIT.stopped)
    terminal.stdout.write("\nThe demo was stopped. Its cluster and its folder are gone.\n");
  return exit;
}

function environmentOf(served: ServedWorld, folder: PrivateFolder, terminal: Terminal) {
  const kubeconfig = folder.write("kubeconfig", served.kubeconfig);
  return childEnvironment(terminal.environment, served, { folder: folder.path, kubeconfig });
}
