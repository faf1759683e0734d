import { describe, expect, it } from "vitest";
import { aDeployment, DRAIN_ONLY, isResult, noticesOf, Stage, specOf } from "./stage.ts";

const drain = (node: string | undefined, name: string): string =>
  specOf(`{kind: Nodes, names: [${node}]}`, DRAIN_ONLY).replace("staged", name);

/** Another letter in the middle of the only run's journal. */
async function damage({ universe }: Stage): Promise<string> {
  const run = (await universe.store.read(universe.clusterUid)).runs[0]?.run ?? "";
  const { disk } = universe.machine("host-a");
  for (const { path, bytes } of disk.contents("journal.jsonl")) {
    const changed = bytes.slice();
    changed[200] = 0x58;
    disk.replace(path, changed);
  }
  return run;
}

describe("a run whose journal is damaged", () => {
  it("refuses its own plan and no other, which says so", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const [first, second] = stage.workers;
      const plan = await stage.plan(drain(first, "first"));
      expect((await stage.apply(plan)).end).toMatchObject({ exit: 0 });
      const run = await damage(stage);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 3, code: "E-JOURNAL-DAMAGED" });
      expect(end.message).toContain(`the journal of run ${run} is damaged`);
      const other = await stage.apply(await stage.plan(drain(second, "second")));
      expect(other.end).toMatchObject({ exit: 0 });
      expect(noticesOf(other.process)).toContain("E-JOURNAL-DAMAGED");
    });
  });

  it("refuses what it works on where it is unfinished, until it is aborted by what the lock tells", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      await stage.applyUntilKilled(await stage.plan(drain(node, "first")), (event) =>
        isResult(event, "cordon"),
      );
      const run = await damage(stage);
      const other = await stage.plan(drain(node, "second"));
      expect((await stage.apply(other)).end).toMatchObject({ exit: 7, code: "E-RUN-OVERLAPS" });
      expect(await stage.abort(run)).toMatchObject({ exit: 0 });
      expect(stage.isCordoned(node)).toBe(false);
      expect((await stage.apply(other)).end).toMatchObject({ exit: 0 });
    });
  });
});
