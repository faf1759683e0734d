import { expect, it } from "vitest";
import { aDeployment, once, Stage, specOf } from "./stage.ts";

it("whoever stood still for minutes believes a read, and not the view of before, that a node came back", async () => {
  const stage = new Stage({
    workloads: [aDeployment("web", 2)],
    timings: { instanceBootMs: 5_000, instanceStopMs: 4_000, nodeMonitorGraceMs: 40_000 },
  });
  await stage.run(async () => {
    const [node = ""] = stage.workers;
    const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`));
    const { end } = await stage.apply(plan, {
      onEvent: once(
        (event) => event.kind === "StepWaiting" && event.reason.code === "N-NODE-OBJECT",
        (_event, process) => {
          process.gate.close();
          stage.in(240, () => process.gate.open());
        },
      ),
    });
    expect(end).toMatchObject({ exit: 0, message: "everything is done" });
    expect(stage.world.get("nodes", undefined, node)).toBeUndefined();
  });
});
