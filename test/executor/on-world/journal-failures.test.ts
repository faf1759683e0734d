import { describe, expect, it } from "vitest";
import { type Journal, JournalError, type RunStore } from "#gateway/ports.ts";
import { aDeployment, DRAIN_ONLY, Stage, specOf } from "./stage.ts";

const web = { workloads: [aDeployment("web", 3)] };

/** A disk that is full from the n-th append on. */
function fullFrom(append: number, store: RunStore): RunStore & { readonly appends: () => number } {
  let count = 0;
  const limited = (journal: Journal): Journal => ({
    entries: journal.entries,
    close: () => journal.close(),
    append: async (records, stamp) => {
      count += 1;
      if (count >= append) throw new JournalError("runs/run-1/journal.jsonl: no space left on device");
      return journal.append(records, stamp);
    },
  });
  return {
    read: (cluster) => store.read(cluster),
    prepare: (cluster) => store.prepare(cluster),
    pathOf: (cluster, run) => store.pathOf(cluster, run),
    create: async (cluster, run, plan) => limited(await store.create(cluster, run, plan)),
    open: async (cluster, run) => limited(await store.open(cluster, run)),
    appends: () => count,
  };
}

describe("a journal that cannot be written", () => {
  it("from whichever record on: nothing more is sent, exit 5, the lock is free, and the run is taken up", async () => {
    for (let append = 1; ; append += 1) {
      const stage = new Stage(web);
      const isOver = await stage.run(async () => {
        const plan = await stage.plan(specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`));
        const process = stage.universe.start();
        const store = fullFrom(append, process.store);
        let failedAt = Number.POSITIVE_INFINITY;
        stage.world.onRequest(() => {
          if (store.appends() >= append) failedAt = Math.min(failedAt, stage.sent.length);
        });
        const end = await stage.universe.apply(process, plan, "apply", store);
        if (store.appends() < append) return true;
        expect({ append, exit: end.exit, code: end.code }).toEqual({
          append,
          exit: 5,
          code: "E-JOURNAL-WRITE",
        });
        expect(end.message).toContain("no space left on device");
        const late = stage.sent
          .slice(failedAt)
          .filter(({ request }) =>
            request.kind === "aws"
              ? request.action.startsWith("Terminate")
              : request.request.method !== "GET" && !request.request.path.includes("/leases"),
          );
        expect({ append, late }).toEqual({ append, late: [] });
        expect((await stage.lease()).holder).toBe("");
        const { end: again } = await stage.apply(plan);
        expect({ append, exit: again.exit, message: again.message }).toMatchObject({ append, exit: 0 });
        expect(stage.log.violations).toEqual([]);
        return false;
      });
      if (isOver) break;
    }
  }, 30_000);
});

it("a folder that cannot keep a run is found before the lock is taken", async () => {
  const stage = new Stage(web);
  await stage.run(async () => {
    const plan = await stage.plan(specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`, DRAIN_ONLY));
    const process = stage.universe.start();
    process.store.prepare = async () => {
      throw new JournalError("/proc/x cannot be used", "E-STATE-DIR");
    };
    const end = await stage.universe.apply(process, plan);
    expect(end).toMatchObject({ exit: 3, code: "E-STATE-DIR" });
    expect(stage.world.get("leases", "dextre-system", "dextre")).toBeUndefined();
  });
});
