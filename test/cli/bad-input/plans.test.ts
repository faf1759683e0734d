import { afterAll, beforeAll, expect, test } from "vitest";
import type { Plan } from "#model/plan.ts";
import { decodePlan } from "#schema/plan-file.ts";
import { encodePlan } from "#schema/seal-plan.ts";
import { aFile, refusal } from "./a-command-line.ts";
import { aServedCluster, LOADING_MILLISECONDS, on, type ServedCluster } from "./a-served-cluster.ts";

let cluster: ServedCluster;
let text = "";
let plan: Plan;
let file = "";
beforeAll(async () => {
  cluster = await aServedCluster();
  ({ stdout: text } = await on(cluster, "plan -f -"));
  file = aFile("plan.json", text);
  const decode = decodePlan(text, file);
  if (decode.kind !== "ok") throw new Error("the plan cannot be read");
  ({ plan } = decode);
}, LOADING_MILLISECONDS);
afterAll(() => cluster.close());

test("a plan that was cut short exits 65, with the place where it ends, and asks nobody", async () => {
  const count = cluster.asked();
  const lines = text.split("\n").slice(0, 20);
  const cut = aFile("plan.json", `${lines.join("\n")}\n`);
  expect(await on(cluster, `apply ${cut}`)).toEqual(
    refusal(
      65,
      `${cut}:21:1: ${cut} is cut short`,
      "  21 |",
      "     | ^ perhaps a disk was full or a download ended early: copy it again",
      "E-PLAN-NOT-A-PLAN. See: dextre explain E-PLAN-NOT-A-PLAN",
    ),
  );
  expect(cluster.asked()).toBe(count);
});

test("a plan that was edited exits 3 and asks nobody", async () => {
  const count = cluster.asked();
  const edited = aFile("plan.json", text.replace('"maxDiscovered": 20', '"maxDiscovered": 21'));
  expect(await on(cluster, `apply ${edited}`)).toEqual(
    refusal(
      3,
      `${edited} was changed after it was made: the digest does not match what it would do`,
      "  make a new plan from the spec; a plan cannot be edited",
      "E-PLAN-EDITED. See: dextre explain E-PLAN-EDITED",
    ),
  );
  expect(cluster.asked()).toBe(count);
});

test("another digest than the approved one exits 8", async () => {
  expect(await on(cluster, `apply ${file} --approve sha256:12`)).toEqual(
    refusal(
      8,
      "Refused, nothing was changed: approved was sha256:12",
      `  this plan is ${plan.digest}`,
      "  review it with dextre show, or apply the plan that was approved",
      "E-PLAN-NOT-APPROVED. See: dextre explain E-PLAN-NOT-APPROVED",
    ),
  );
});

test("an expired plan exits 3", async () => {
  const meta = { ...plan.meta, expiresAt: "2026-01-01T00:00:00Z" };
  const expired = aFile("plan.json", encodePlan(plan.content, meta));
  expect(await on(cluster, `apply ${expired}`)).toEqual(
    refusal(
      3,
      "Refused, nothing was changed: the plan expired at 2026-01-01T00:00:00Z",
      "  make a new one",
      "E-PLAN-EXPIRED. See: dextre explain E-PLAN-EXPIRED",
    ),
  );
});

test("a plan of another cluster exits 3, and both clusters are named", async () => {
  const { cluster: own } = plan.content;
  const other = { ...own, uid: "00000000-1111-2222-3333-444444444444", server: "https://other" };
  const foreign = aFile("plan.json", encodePlan({ ...plan.content, cluster: other }, plan.meta));
  expect(await on(cluster, `apply ${foreign}`)).toEqual(
    refusal(
      3,
      "Refused, nothing was changed: the cluster is not the one that the plan was made for",
      `  the plan's is ${other.server}, where namespace kube-system has uid ${other.uid}`,
      `  this one is ${own.server}, where it has uid ${own.uid}`,
      "  choose the right cluster with --context or --kubeconfig, or make a new plan for this one",
      "E-PLAN-OTHER-CLUSTER. See: dextre explain E-PLAN-OTHER-CLUSTER",
    ),
  );
});

test("a plan without a run cannot be resumed: exit 3", async () => {
  expect(await on(cluster, `resume ${file}`)).toEqual(
    refusal(
      3,
      "Refused, nothing was changed: this plan has no unfinished run on this machine",
      "  begin one with dextre apply, or give the --state-dir of its run",
      "E-RUN-UNKNOWN. See: dextre explain E-RUN-UNKNOWN",
    ),
  );
  expect(cluster.writes).toEqual([]);
});
