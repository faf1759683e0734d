import { afterAll, beforeAll, test } from "vitest";
import { mustSend, send, until } from "./api.ts";
import { deferred } from "./deferred.ts";
import type { ContractCase, Namespaced, Subject } from "./subject.ts";

/** A subject that is up, and its end. */
export interface OpenSubject {
  readonly subject: Subject;
  /** Runs a case on the subject; virtual time passes only in here. */
  run(show: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface ContractOptions {
  readonly name: string;
  open(): Promise<OpenSubject>;
  /** Cases at a time, each in its own namespace; those that must be alone are. */
  readonly atATime: number;
}

/**
 * Makes a test of every case. All begin when the subject is up, so that the waiting of one is the work of
 * another; each test then tells what became of its case. CONTRACT_ONLY=WORDS shows those alone whose sentence
 * has the words.
 */
export function contract(all: readonly ContractCase[], options: ContractOptions): void {
  const { CONTRACT_ONLY: only = "" } = process.env;
  const cases = all.filter(({ sentence }) => sentence.includes(only));
  let opened: OpenSubject | undefined;
  const outcomes = new Map(cases.map((one) => [one, deferred<unknown>()]));
  let kept = 0;
  beforeAll(async () => {
    opened = await options.open();
    void showAll(cases, opened, options.atATime, (one, failure) => outcomes.get(one)?.settle(failure));
  }, 300_000);
  afterAll(async () => {
    await opened?.close();
    process.stdout.write(`contract: ${options.name} keeps ${kept} of ${cases.length} promises\n`);
  });
  for (const one of cases) {
    test(one.sentence, { timeout: 400_000 }, async () => {
      const failure = await outcomes.get(one)?.promise;
      if (failure !== undefined) throw failure;
      kept += 1;
    });
  }
}

type Settle = (one: ContractCase, failure: unknown) => void;

async function showAll(
  cases: readonly ContractCase[],
  opened: OpenSubject,
  atATime: number,
  settle: Settle,
): Promise<void> {
  const isAlone = ({ isStill, isAlone: alone }: ContractCase): boolean => isStill === true || alone === true;
  const show = async (one: ContractCase, index: number): Promise<void> => {
    try {
      await opened.run(() => showOne(opened.subject, one, index));
      settle(one, undefined);
    } catch (thrown) {
      settle(one, thrown);
    }
  };
  const numbered = cases.map((one, index) => ({ one, index }));
  for (const { one, index } of numbered) if (isAlone(one)) await show(one, index);
  const queues = queuesOf(numbered.filter(({ one }) => !isAlone(one)));
  const work = async (): Promise<void> => {
    for (let queue = queues.shift(); queue !== undefined; queue = queues.shift()) {
      for (const { one, index } of queue) await show(one, index);
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
}

interface Numbered {
  readonly one: ContractCase;
  readonly index: number;
}

/** What must be shown one after the other, the longest first. */
function queuesOf(cases: readonly Numbered[]): (readonly Numbered[])[] {
  const queues = new Map<string, Numbered[]>();
  for (const numbered of cases) {
    const key = numbered.one.changes ?? `case ${numbered.index}`;
    queues.set(key, [...(queues.get(key) ?? []), numbered]);
  }
  return [...queues.values()].toSorted((left, right) => right.length - left.length);
}

async function showOne(subject: Subject, one: ContractCase, index: number): Promise<void> {
  const cluster = await newNamespace(subject, `${subject.prefix}-${index}`);
  try {
    await showIn(cluster, one);
  } finally {
    // what a case that failed may have left for the others to stumble over
    await send(subject, "DELETE", `/api/v1/nodes/node-of-${cluster.namespace}`);
  }
}

async function showIn(cluster: Namespaced, one: ContractCase): Promise<void> {
  const { subject } = cluster;
  if (one.isStill !== true) return one.show(cluster);
  await subject.admin.holdControllers(true);
  try {
    await one.show(cluster);
  } finally {
    await subject.admin.holdControllers(false);
  }
}

/** A namespace in which pods can be made: their service account is there. */
export async function newNamespace(subject: Subject, namespace: string): Promise<Namespaced> {
  await mustSend(subject, "POST", "/api/v1/namespaces", { metadata: { name: namespace } });
  const pod = { metadata: { name: "probe" }, spec: { containers: [{ name: "c", image: "i" }] } };
  await until(subject, `the service account of ${namespace}`, async () => {
    const query = { dryRun: "All" };
    const path = `/api/v1/namespaces/${namespace}/pods`;
    return (await send(subject, "POST", path, pod, { query })).status === 201 || undefined;
  });
  return { subject, namespace };
}
