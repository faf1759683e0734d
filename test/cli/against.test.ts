import { afterAll, beforeAll, expect, test } from "vitest";
import { Actors } from "#world/actors.ts";
import { aFile } from "./bad-input/a-command-line.ts";
import {
  aServedCluster,
  LOADING_MILLISECONDS,
  on,
  type ServedCluster,
} from "./bad-input/a-served-cluster.ts";

let cluster: ServedCluster;
let old = "";
beforeAll(async () => {
  cluster = await aServedCluster();
  old = aFile("old.json", (await on(cluster, "plan -f -")).stdout);
}, LOADING_MILLISECONDS);
afterAll(() => cluster.close());

test("plan --against an equal plan says that an approval of it holds, and exits 0", async () => {
  const { exit, stdout, stderr } = await on(cluster, `plan -f - --against ${old} --detailed-exitcode`);
  expect(exit).toBe(0);
  expect(JSON.parse(stdout).kind).toBe("Plan");
  expect(stderr).toContain("An approval of one holds for the other.");
});

test("plan --against a plan of a cluster that has changed names the change, and exits 2", async () => {
  new Actors(cluster.world).cordon(workerOf(cluster));
  const { exit, stdout, stderr } = await on(cluster, `plan -f - --against ${old} --detailed-exitcode`);
  expect(exit).toBe(2);
  expect(stderr).toContain(workerOf(cluster));
  const now = aFile("new.json", stdout);
  expect(await on(cluster, `diff ${old} ${now} --exit-code`)).toMatchObject({ exit: 2 });
});

const workerOf = ({ world }: ServedCluster): string =>
  world.list("nodes").find(({ metadata }) => metadata.labels?.["node-role.kubernetes.io/node"] !== undefined)
    ?.metadata.name ?? "";
