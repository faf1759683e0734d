import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAudit } from "./harness/audit-log.ts";
import { annotationsOfOurs, cordonedNodes, listAsAdmin } from "./harness/cluster-truth.ts";
import { evictionsByUid, writesBy } from "./harness/judge-requests.ts";
import { runDextreOnTerminal } from "./harness/pseudo-terminal.ts";
import { aWorkplace, awaitAllReady, capacity, expectExit, type Workplace } from "./harness/roll.ts";
import type { ProgramEnd } from "./harness/run-program.ts";
import { startTestRig, type TestRig } from "./harness/test-rig.ts";

let rig: TestRig;
let place: Workplace;

beforeAll(async () => {
  rig = await startTestRig("terminal");
  place = aWorkplace(rig);
  await awaitAllReady(rig);
});

afterAll(async () => {
  place?.remove();
  await rig?.stop();
});

/** A command line, typed at a terminal by somebody who then answers. */
const typed = (answer: string, ...args: readonly string[]): Promise<ProgramEnd> =>
  runDextreOnTerminal(args, { environment: place.environment, folder: place.folder, answer }).ended;

const PROMPT = "Apply? yes/no: ";
/** The cursor goes up some rows: what stands there is painted over. */
const REPAINTED = /\p{Cc}\[\d+F/u;
/** What was said, frames that were painted over too, without colours and the cursor's ways. */
const words = ({ stdout }: ProgramEnd): string => stdout.replaceAll(/\p{Cc}\[\d*[A-Za-z]/gu, "");

function expectLiveRun(end: ProgramEnd): void {
  expectExit(end, 0);
  const [shown = "", run = ""] = words(end).split(PROMPT);
  expect(shown).toContain("Plan ");
  expect(run).toContain("everything is done");
  expect(end.stdout.split(PROMPT)[1]).toMatch(REPAINTED);
}

async function firstWorker(): Promise<string> {
  const nodes = await listAsAdmin(rig, "/api/v1/nodes?labelSelector=node-role.kubernetes.io/node");
  return nodes.map(({ metadata }) => metadata.name).sort()[0] ?? "none";
}

describe("on a terminal, who is asked and says n", () => {
  it.each([
    ["drain", async () => ["drain", "--node", await firstWorker()]],
    ["roll pods", () => ["roll", "pods", "--label", "app=web", "--namespace", "default"]],
    ["roll nodes", () => ["roll", "nodes", "--role", "node"]],
  ])("to %s has seen the plan, changes nothing, and gets exit 8", async (_, line) => {
    const before = writesBy(await readAudit(rig), "dextre").length;
    const end = await typed("n", ...(await line()));
    expectExit(end, 8);
    expect(words(end).split(PROMPT)[0]).toContain("evict  default/web-");
    expect(words(end)).toContain("declined: nothing was changed");
    expect(writesBy(await readAudit(rig), "dextre")).toHaveLength(before);
    expect(place.hasRun()).toBe(false);
  });
});

describe("on a terminal, who is asked and says yes", () => {
  it("to roll pods watches a live view, and each pod moves once", async () => {
    const web = await listAsAdmin(rig, "/api/v1/namespaces/default/pods?labelSelector=app=web");
    expectLiveRun(await typed("yes", "roll", "pods", "--label", "app=web", "--namespace", "default"));
    const evicted = [...evictionsByUid(await readAudit(rig)).keys()].sort();
    expect(evicted).toEqual(web.map(({ metadata }) => metadata.uid).sort());
    await awaitAllReady(rig);
  });

  it("to drain is told at the end how to give the node back, which does so", async () => {
    const node = await firstWorker();
    const end = await typed("y", "drain", "--node", node);
    expectLiveRun(end);
    expect(await cordonedNodes(rig)).toEqual([node]);
    const run = /Uncordon with:\s+dextre abort (\w+)/.exec(words(end))?.[1] ?? "none";
    expectExit(await place.dextre("abort", run).ended, 0);
    expect([await cordonedNodes(rig), await annotationsOfOurs(rig)]).toEqual([[], []]);
    await awaitAllReady(rig);
  });

  it("to roll nodes watches the instance being replaced", async () => {
    const { instances: old, ...sizes } = await capacity(rig);
    const label = `kubernetes.io/hostname=${await firstWorker()}`;
    expectLiveRun(await typed("YES", "roll", "nodes", "--role", "node", "--label", label));
    const { instances, ...sizesAfter } = await capacity(rig);
    expect(sizesAfter).toEqual(sizes);
    expect(old.filter((id) => !instances.includes(id))).toHaveLength(1);
    expect([await cordonedNodes(rig), await annotationsOfOurs(rig)]).toEqual([[], []]);
  });
});
