import { rigAsset, stateRoot } from "./paths.ts";
import { isRunning } from "./processes.ts";
import { messageOf, RigError } from "./rig-error.ts";
import { allRigStates, type RigState, readRigState, rigEnvironment } from "./rig-state.ts";
import { RIG_USAGE, readRigWords } from "./rig-words.ts";
import { rigPrograms, startRig } from "./start-rig.ts";
import { stopRig } from "./stop-rig.ts";

function say(line: string): void {
  process.stderr.write(`rig: ${line}\n`);
}

async function up(name: string, scenario: string): Promise<void> {
  const before = performance.now();
  const state = await startRig({ name, scenario, say });
  const environment = Object.entries(rigEnvironment(state)).map(([key, value]) => `${key}=${value}`);
  process.stdout.write(`export ${environment.join(" ")}\n`);
  say(
    `"${name}" is up after ${((performance.now() - before) / 1000).toFixed(1)} s, logs in ${state.folder}/log`,
  );
}

async function down(name: string): Promise<void> {
  const state = readRigState(stateRoot(), name);
  if (!state) return say(`there is no rig "${name}"`);
  await stopRig(state);
  say(`"${name}" is down`);
}

function status(): void {
  const states = allRigStates(stateRoot());
  for (const state of states) process.stdout.write(`${statusLine(state)}\n`);
  if (states.length === 0) say(`no rig is up (${rigAsset("README.md")} tells how)`);
}

function statusLine(state: RigState): string {
  const ended = state.processes.filter((one) => !isRunning(one)).map((one) => one.name);
  const stopped = state.processes.length === ended.length;
  const word = stopped
    ? "down"
    : ended.length > 0
      ? `broken, ended: ${ended.join(", ")}`
      : state.ready
        ? "up"
        : "starting";
  return `${state.name}\t${word}\thttps://127.0.0.1:${state.ports.apiServer}\t${state.folder}`;
}

async function main(): Promise<void> {
  const words = readRigWords(process.argv.slice(2));
  if (words.kind === "faulty") {
    if (words.message !== "") say(words.message);
    process.stderr.write(RIG_USAGE);
    process.exitCode = 64;
    return;
  }
  switch (words.command) {
    case "build":
      return void (await rigPrograms(say));
    case "up":
      return up(words.name, words.scenario);
    case "down":
      return down(words.name);
    case "status":
      return status();
  }
}

try {
  await main();
} catch (thrown) {
  if (!(thrown instanceof RigError)) throw thrown;
  say(messageOf(thrown));
  process.exitCode = 1;
}
