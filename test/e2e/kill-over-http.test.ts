import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type ServedCluster, serveCluster } from "#test/cli/served-cluster.ts";
import { workTree } from "#test/rig/paths.ts";
import { waitUntil } from "#test/rig/wait-until.ts";
import type { LoggedRequest } from "#world/world.ts";
import { judgeWorld } from "./harness/judge-world.ts";
import { seeded } from "./harness/seeded.ts";

const SEED = Number(process.env.KILL_SEED ?? Math.trunc(Date.now() / 1000));
const KILLS = 200;
/** Runs side by side, each on a cluster of its own. */
const LANES = 2;
/** Then a run is left to end: it makes way even where processes are killed as they start. */
const KILLS_OF_A_RUN = 40;
const LIFE_MILLISECONDS = 1500;
const START_MILLISECONDS = 600;

const SPEC = `apiVersion: dextre.dev/v1alpha1
kind: Upgrade
metadata: { name: killed }
spec:
  targets: [{ kind: Nodes, role: node }]
`;

/** When a process is killed: at an instant since its start or its first request, or around a write that the servers take. */
type Kind = "start" | "life" | "write";
const KINDS: readonly Kind[] = ["start", "life", "life", "write", "write", "write"];

interface Tally {
  kills: number;
  runs: number;
  evictions: number;
  terminations: number;
  readonly byKind: Record<Kind, number>;
}

const tally: Tally = {
  kills: 0,
  runs: 0,
  evictions: 0,
  terminations: 0,
  byKind: { start: 0, life: 0, write: 0 },
};

/** Writes of a run; the lock's renewals come by the clock and say nothing. */
function isWrite({ request }: LoggedRequest): boolean {
  if (request.kind === "aws") return !request.action.startsWith("Describe");
  const { method, path } = request.request;
  return method !== "GET" && !path.includes("selfsubjectaccessreviews");
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits for the next request of the cluster's log for which it is time. */
class Servers {
  #heard: (logged: LoggedRequest) => void = () => undefined;

  constructor({ world }: ServedCluster) {
    world.onRequest((logged) => this.#heard(logged));
  }

  forget(): void {
    this.#heard = () => undefined;
  }

  /** Calls once, in the very turn in which the request was applied and before its answer is sent. */
  onNth(count: number, isCounted: (logged: LoggedRequest) => boolean, then: () => void): void {
    let left = count;
    this.#heard = (logged) => {
      if (isCounted(logged) && --left === 0) then();
    };
  }
}

interface Death {
  readonly kind: Kind;
  /** Lets it happen to this process. */
  readonly arrange: (kill: () => void) => void;
}

function drawDeath(random: () => number, servers: Servers): Death {
  const kind = KINDS[Math.floor(random() * KINDS.length)] ?? "write";
  if (kind === "start") {
    const after = random() * START_MILLISECONDS;
    return { kind, arrange: (kill) => void sleep(after).then(kill) };
  }
  const after = kind === "life" ? random() * LIFE_MILLISECONDS : Math.floor(random() * 12) - 3;
  const count = kind === "life" ? 1 : 1 + Math.floor(random() * 6);
  const isCounted = kind === "life" ? () => true : isWrite;
  const arrange = (kill: () => void): void =>
    servers.onNth(count, isCounted, () => {
      if (after <= 0) kill();
      else void sleep(after).then(kill);
    });
  return { kind, arrange };
}

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

function endOf(child: ChildProcess): Promise<End> {
  let said = "";
  const hear = (text: Buffer): void => {
    said += text.toString();
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  return new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal, said })));
}

/** Has a run begun here: is there a journal with a record? */
function hasRun({ folder }: ServedCluster): boolean {
  const root = join(folder, "state");
  if (!existsSync(root)) return false;
  return readdirSync(root, { recursive: true, encoding: "utf8" }).some(
    (path) => path.endsWith("journal.jsonl") && readFileSync(join(root, path), "utf8").includes("\n"),
  );
}

/** Lives of one run, until it ends. Its end, which nobody cut short. */
async function liveThrough(cluster: ServedCluster, servers: Servers, random: () => number): Promise<End> {
  for (let kills = 0; ; ) {
    const child = cluster.dextre(hasRun(cluster) ? "resume" : "apply", "plan.json");
    const ended = endOf(child);
    const isLast = tally.kills >= KILLS || kills >= KILLS_OF_A_RUN;
    const death = isLast ? undefined : drawDeath(random, servers);
    death?.arrange(() => void child.kill("SIGKILL"));
    const end = await ended;
    servers.forget();
    if (end.signal !== "SIGKILL" || death === undefined) return end;
    kills++;
    tally.kills++;
    tally.byKind[death.kind]++;
  }
}

async function killAndJudge(seed: number): Promise<void> {
  const random = seeded(seed);
  const program = process.env.DEXTRE_CLI ?? join(workTree(), "dist", "dextre.js");
  const cluster = await serveCluster({ program, seed, speed: 40 });
  try {
    await cluster.plan(SPEC);
    const judge = judgeWorld(cluster.world);
    const end = await liveThrough(cluster, new Servers(cluster), random);
    expect({ seed, code: end.code, said: end.code === 0 ? "" : end.said }).toEqual({
      seed,
      code: 0,
      said: "",
    });
    // Controllers still have work after the last step, and may yet do harm.
    await sleep(1000);
    await waitUntil(
      { what: `an end of seed ${seed} without faults`, timeoutSeconds: 30 },
      () => judge.faults().length === 0 || undefined,
      () => `: ${judge.faults().join("; ")}\n${end.said}`,
    );
    tally.runs++;
    tally.evictions += judge.counts.evictions;
    tally.terminations += judge.counts.terminations;
    process.stderr.write(`kill -9 over HTTP, KILL_SEED=${SEED}: ${JSON.stringify(tally)}\n`);
  } finally {
    await cluster.close();
  }
}

test(`a process that is killed with -9 at ${KILLS} instants does nothing twice and ends everything (KILL_SEED=${SEED})`, async () => {
  let hasFailed = false;
  const lane = async (number: number): Promise<void> => {
    try {
      for (let run = 0; tally.kills < KILLS && !hasFailed; run++)
        await killAndJudge(SEED + number + LANES * run);
    } catch (thrown) {
      hasFailed = true;
      throw thrown;
    }
  };
  // Where one lane fails the other still puts its cluster away.
  const ends = await Promise.allSettled(Array.from({ length: LANES }, (_, number) => lane(number)));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  expect(tally.kills).toBeGreaterThanOrEqual(KILLS);
  expect(tally.terminations).toBe(tally.runs * 3);
}, 3_600_000);
