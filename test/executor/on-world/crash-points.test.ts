import { describe, expect, it } from "vitest";
import type { Plan } from "#model/plan.ts";
import type { RunEnd } from "#model/run.ts";
import type { Process } from "#test/simulation/process.ts";
import type { Scenario } from "#world/scenario.ts";
import type { WorldRequest } from "#world/world.ts";
import { aDeployment, isReady, Stage, specOf } from "./stage.ts";

const SMALL: Partial<Scenario> = {
  workloads: [
    aDeployment("web", 3, { budgets: [{ maxUnavailable: 1 }] }),
    { kind: "StatefulSet", name: "db", replicas: 3, ready: "1s", stop: "1s", budgets: [{ minAvailable: 2 }] },
    { kind: "DaemonSet", namespace: "kube-system", name: "agent", requests: {}, tolerateEverything: true },
  ],
};

/** Reads are many and alike: every so many one is tried. */
const EVERY_READ = 8;

interface Sent {
  readonly index: number;
  readonly isWrite: boolean;
}

const isWrite = (request: WorldRequest): boolean =>
  request.kind === "aws" ? request.action.startsWith("Terminate") : request.request.method !== "GET";

const spec = (stage: Stage): string => specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`);

/** What a whole run sends, in its order. */
async function reference(): Promise<readonly Sent[]> {
  const stage = new Stage(SMALL);
  return stage.run(async () => {
    const plan = await stage.plan(spec(stage));
    const sent: Sent[] = [];
    stage.fault = (request) => {
      sent.push({ index: sent.length, isWrite: isWrite(request) });
      return undefined;
    };
    const { end } = await stage.apply(plan);
    expect(end.exit).toBe(0);
    return sent;
  });
}

/** Kills the process at its request of that number. */
function killedAt(
  index: number,
  when: "before" | "after",
  stage: Stage,
  work: (process: Process) => Promise<unknown>,
): Promise<"killed" | "ended"> {
  const process = stage.universe.start();
  let count = 0;
  return new Promise((resolve, reject) => {
    const kill = (): void => {
      stage.universe.kill(process);
      stage.fault = () => undefined;
      stage.in(0.1, () => resolve("killed"));
    };
    stage.fault = (_, client) => {
      if (client !== process.client.name || process.client.isCrashed) return undefined;
      if (count++ !== index) return undefined;
      if (when === "before") kill();
      // The server applies it, and nobody is there any more to hear the answer.
      else stage.universe.driver.at(stage.universe.driver.now(), () => stage.universe.kill(process, "apply"));
      if (when === "after") stage.in(0.1, kill);
      return undefined;
    };
    work(process).then(() => resolve("ended"), reject);
  });
}

function expectWhole(stage: Stage, at: string): void {
  expect({ at, violations: stage.log.violations }).toEqual({ at, violations: [] });
  expect({ at, workers: stage.workers.length, terminated: stage.terminated.length }).toEqual({
    at,
    workers: 3,
    terminated: 1,
  });
  for (const node of stage.workers) {
    expect({ at, node, cordoned: stage.isCordoned(node), marks: stage.marks(node) }).toEqual({
      at,
      node,
      cordoned: false,
      marks: [],
    });
  }
  for (const app of ["web", "db"])
    expect({ at, [app]: stage.podsOf(app).filter(isReady).length }).toEqual({ at, [app]: 3 });
}

describe("a run that is killed once, at any of its requests", () => {
  it("is taken up to the same end: each pod evicted once, the instance ended once, nothing left behind", async () => {
    const requests = await reference();
    const points = requests.filter((one) => one.isWrite || one.index % EVERY_READ === 0);
    expect(points.filter((one) => one.isWrite).length).toBeGreaterThan(8);
    for (const { index, isWrite } of points) {
      for (const when of isWrite ? (["before", "after"] as const) : (["before"] as const)) {
        const at = `request ${index} ${when}`;
        const stage = new Stage(SMALL);
        await stage.run(async () => {
          const plan = await stage.plan(spec(stage));
          await killedAt(index, when, stage, (process) => stage.universe.apply(process, plan));
          const { end } = await stage.apply(plan);
          expect({ at, exit: end.exit, message: end.message }).toMatchObject({ at, exit: 0 });
          expectWhole(stage, at);
          expect(await stage.lease()).toEqual({ holder: "", runs: "[]" });
        });
      }
    }
  }, 60_000);
});

async function runsOf(stage: Stage): Promise<readonly string[]> {
  const { runs } = await stage.universe.store.read(stage.universe.clusterUid);
  return runs.filter((run) => run.entries.length > 0).map((run) => run.run);
}

/** No cordon, no mark, no lock; a node whose instance was ending is gone a little later. */
async function expectUndone(stage: Stage, at: string): Promise<void> {
  await stage.wait(60);
  for (const node of stage.workers) {
    expect({ at, node, cordoned: stage.isCordoned(node), marks: stage.marks(node) }).toEqual({
      at,
      node,
      cordoned: false,
      marks: [],
    });
  }
  expect({ at, workers: stage.workers.length, violations: stage.log.violations }).toEqual({
    at,
    workers: 3,
    violations: [],
  });
  expect(await stage.lease()).toEqual({ holder: "", runs: "[]" });
}

async function abortedAfter(stage: Stage, plan: Plan, at: string): Promise<RunEnd | null> {
  const [run] = await runsOf(stage);
  if (run === undefined) {
    const { end } = await stage.apply(plan);
    expect({ at, exit: end.exit, message: end.message }).toMatchObject({ at, exit: 0 });
    return null;
  }
  return stage.abort(run);
}

describe("a run that is killed at any of its requests and aborted", () => {
  it("leaves no cordon, no annotation and no lock; the same plan starts anew", async () => {
    const requests = await reference();
    const points = requests.filter((one) => one.isWrite || one.index % (2 * EVERY_READ) === 0);
    for (const { index, isWrite } of points) {
      const when = isWrite ? "after" : "before";
      const at = `request ${index} ${when}`;
      const stage = new Stage(SMALL);
      await stage.run(async () => {
        const plan = await stage.plan(spec(stage));
        await killedAt(index, when, stage, (process) => stage.universe.apply(process, plan));
        const end = await abortedAfter(stage, plan, at);
        if (end === null) return;
        expect({ at, end: [end.exit, end.code] }).toEqual({
          at,
          end: end.message.includes("is finished") ? [3, "E-RUN-UNKNOWN"] : [0, "N-UNDONE"],
        });
        await expectUndone(stage, at);
      });
    }
  }, 60_000);

  it("even where the abort is killed at any of its own requests", async () => {
    for (let index = 0; ; index += 1) {
      const at = `abort's request ${index}`;
      const stage = new Stage(SMALL);
      const outcome = await stage.run(async () => {
        const plan = await stage.plan(spec(stage));
        await stage.applyUntilKilled(
          plan,
          (event) =>
            event.kind === "Recorded" &&
            event.entry.record.kind === "StepResult" &&
            event.entry.record.step.includes("/evict/"),
        );
        const [run = ""] = await runsOf(stage);
        const when = index % 2 === 0 ? "before" : "after";
        const outcome = await killedAt(index, when, stage, (process) => stage.universe.abort(process, run));
        const end = await stage.abort(run);
        expect({ at, exit: end.exit, message: end.message }).toMatchObject({ at, exit: 0 });
        await expectUndone(stage, at);
        return outcome;
      });
      if (outcome === "ended") break;
    }
  }, 60_000);
});
