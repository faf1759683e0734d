import { expect, test, vi } from "vitest";
import { GatewayError, type LiveSnapshot } from "#gateway/ports.ts";
import type { KubernetesRequest, KubernetesWire } from "#gateway/wire.ts";
import {
  answer,
  aStage,
  firstTimes,
  following,
  isWatch,
  neverAborted,
  type Stage,
  status,
} from "./support.ts";

const listsOf = (stage: Stage, resource: string): readonly KubernetesRequest[] =>
  stage.sent.filter((request) => request.path.endsWith(`/${resource}`) && !isWatch(request));
const watchesOf = (stage: Stage, resource: string): readonly KubernetesRequest[] =>
  stage.sent.filter((request) => request.path.endsWith(`/${resource}`) && isWatch(request));
const isPodWatch = (request: KubernetesRequest): boolean =>
  isWatch(request) && request.path === "/api/v1/pods";

function names(objects: Iterable<{ readonly name: string }>): readonly string[] {
  return [...objects].map((object) => object.name).sort();
}
const truth = (stage: Stage, plural: "pods" | "nodes"): readonly string[] =>
  stage.world
    .list(plural)
    .map((object) => object.metadata.name)
    .sort();

async function until(live: LiveSnapshot, isSo: () => boolean): Promise<void> {
  while (!isSo()) await live.changed(live.version, neverAborted());
}

/** Deletes a pod of web and waits until the view shows it gone. */
async function seePodGo(stage: Stage, live: LiveSnapshot, pick = 0): Promise<void> {
  const pod = [...live.snapshot.podsInNamespace("default")].filter((one) => one.labels.app === "web")[pick];
  if (!pod) throw new Error("no pod of web");
  stage.actors.delete("pods", pod.namespace, pod.name);
  await until(live, () => live.snapshot.podByUid(pod.uid) === undefined);
}

test("the first view shows everything, by one list and one watch a kind", async () => {
  const stage = aStage();
  await following(stage, async (live) => {
    expect(names(live.snapshot.pods())).toEqual(truth(stage, "pods"));
    expect(names(live.snapshot.nodes())).toEqual(truth(stage, "nodes"));
    expect(names(live.snapshot.budgets())).toEqual(["db", "web"]);
    await stage.client.clock.sleep(1000);
  });
  const kinds = ["nodes", "pods", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs"];
  for (const kind of [...kinds, "poddisruptionbudgets"]) {
    expect(listsOf(stage, kind), kind).toHaveLength(1);
    expect(watchesOf(stage, kind), kind).toHaveLength(1);
  }
  expect(stage.sent).toHaveLength(16);
});

test("a watch starts at the list's version, asks for bookmarks and for its own end", async () => {
  const stage = aStage();
  await following(stage, () => stage.client.clock.sleep(1000));
  const query = watchesOf(stage, "pods")[0]?.query;
  expect(query).toMatchObject({ allowWatchBookmarks: "true", timeoutSeconds: "450" });
  expect(Number(query?.resourceVersion)).toBeGreaterThan(0);
});

test("changes arrive, and a wait for a change settles", async () => {
  const stage = aStage();
  await following(stage, async (live) => {
    const before = live.version;
    await seePodGo(stage, live);
    expect(live.version).toBeGreaterThan(before);
    const [node] = live.snapshot.nodes();
    stage.actors.cordon(node?.name ?? "");
    await until(live, () => live.snapshot.node(node?.name ?? "")?.unschedulable === true);
    expect(live.trouble).toBeNull();
  });
});

test("a watch that the server ends is taken up where it was, without a new list", async () => {
  const stage = aStage();
  await following(stage, async (live) => {
    await stage.client.clock.sleep(1_000_000);
    await seePodGo(stage, live);
    expect(live.trouble).toBeNull();
  });
  expect(watchesOf(stage, "pods").length).toBeGreaterThan(2);
  expect(listsOf(stage, "pods")).toHaveLength(1);
});

test("a dropped connection misses nothing", async () => {
  const stage = aStage();
  await following(stage, async (live) => {
    await stage.client.clock.sleep(1000);
    stage.client.breakWatches();
    stage.actors.scale("deployments", "default", "web", 3);
    await stage.client.clock.sleep(20_000);
    expect(names(live.snapshot.pods())).toEqual(truth(stage, "pods"));
    expect(live.trouble).toBeNull();
  });
  expect(listsOf(stage, "pods")).toHaveLength(1);
});

test("410 as an event of the stream: lists again, and what vanished is removed", async () => {
  const stage = aStage();
  await following(stage, async (live) => {
    await stage.client.clock.sleep(1000);
    const [pod] = live.snapshot.podsInNamespace("default");
    stage.actors.delete("pods", pod?.namespace, pod?.name ?? "");
    stage.world.compact();
    await stage.client.clock.sleep(30_000);
    expect(names(live.snapshot.pods())).toEqual(truth(stage, "pods"));
  });
  expect(listsOf(stage, "pods").length).toBeGreaterThan(1);
});

test("410 as the answer to a watch: lists again at once, and what vanished is removed", async () => {
  const stage = aStage();
  await following(stage, async (live) => {
    await stage.client.clock.sleep(1000);
    stage.fault = firstTimes(1, isPodWatch, answer(410, status(410, "Expired", "too old resource version")));
    stage.client.breakWatches();
    stage.actors.scale("deployments", "default", "web", 2);
    await stage.client.clock.sleep(30_000);
    expect(names(live.snapshot.pods())).toEqual(truth(stage, "pods"));
  });
  expect(listsOf(stage, "pods")).toHaveLength(2);
});

test("a server that answers every watch with 410 is not asked without a pause", async () => {
  const stage = aStage();
  await following(stage, async () => {
    await stage.client.clock.sleep(1000);
    stage.fault = (request) => (isPodWatch(request) ? answer(410, status(410, "Expired", "old")) : undefined);
    stage.client.breakWatches();
    await stage.client.clock.sleep(60_000);
  });
  expect(listsOf(stage, "pods").length).toBeLessThan(12);
});

/** Opens pod watches and never sends anything on the first of them, not even when it is aborted. */
function silentFirstPodWatch(wire: KubernetesWire): KubernetesWire {
  let count = 0;
  const silence: AsyncIterable<unknown> = {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<unknown>>(() => {}) }),
  };
  return {
    request: (request, signal) => wire.request(request, signal),
    stream: async (request, signal) => {
      const isSilent = isPodWatch(request) && count++ === 0;
      if (isSilent) return { status: 200, headers: {}, body: undefined, events: silence };
      return wire.stream(request, signal);
    },
  };
}

test("a stream that has gone silent is given up, everything is listed anew, and nothing is missed", async () => {
  const stage = aStage(silentFirstPodWatch);
  await following(stage, async (live) => {
    stage.actors.scale("deployments", "default", "web", 2);
    await stage.client.clock.sleep(60_000);
    expect(names(live.snapshot.pods())).not.toEqual(truth(stage, "pods"));
    await stage.client.clock.sleep(40_000);
    expect(names(live.snapshot.pods())).toEqual(truth(stage, "pods"));
    expect(listsOf(stage, "pods")).toHaveLength(2);
  });
});

test("after a sleep of the machine the view is as old as it is, until every watch was heard again", async () => {
  const stage = aStage();
  await following(stage, async (live) => {
    await stage.client.clock.sleep(1000);
    const { uptime } = stage.client.clock;
    vi.spyOn(stage.client.clock, "uptime").mockImplementation(() => uptime() + 8 * 3_600_000);
    expect(live.trouble).toMatch(/^watch \S+: silent for more than 90 s$/);
    expect(live.behindMilliseconds).toBeGreaterThanOrEqual(8 * 3_600_000);
    await seePodGo(stage, live);
    expect(live.trouble).not.toBeNull();
    await stage.client.clock.sleep(90_000);
    expect(live.trouble).toBeNull();
    expect(live.behindMilliseconds).toBe(0);
  });
});

test("a quiet cluster is no silent stream: bookmarks keep the watch alive", async () => {
  const stage = aStage();
  await following(stage, () => stage.client.clock.sleep(400_000));
  expect(watchesOf(stage, "jobs")).toHaveLength(1);
});

/** Gives these lines on the first pod watch. */
function lyingFirstPodWatch(lines: readonly unknown[]): (wire: KubernetesWire) => KubernetesWire {
  let count = 0;
  async function* lies(): AsyncGenerator<unknown> {
    yield* lines;
  }
  return (wire) => ({
    request: (request, signal) => wire.request(request, signal),
    stream: async (request, signal) => {
      const isLie = isPodWatch(request) && count++ === 0;
      if (isLie) return { status: 200, headers: {}, body: undefined, events: lies() };
      return wire.stream(request, signal);
    },
  });
}

test.each([
  ["an event of no known type", { type: "SURPRISE", object: { metadata: { resourceVersion: "9" } } }],
  ["an object without a name", { type: "MODIFIED", object: { metadata: { resourceVersion: "999999" } } }],
  ["a line that is a number", 7],
  [
    "an error that is not 410",
    { type: "ERROR", object: status(500, "InternalError", "etcdserver: no leader") },
  ],
])("%s restarts the stream and is not taken for truth", async (_name, line) => {
  const stage = aStage(lyingFirstPodWatch([line]));
  await following(stage, async (live) => {
    await stage.client.clock.sleep(200);
    expect(live.trouble).toMatch(/^watch pods: /);
    await stage.client.clock.sleep(10_000);
    expect(live.trouble).toBeNull();
    await seePodGo(stage, live);
    expect(names(live.snapshot.pods())).toEqual(truth(stage, "pods"));
  });
});

test("an event older than what was seen is not believed", async () => {
  const pod = { metadata: { namespace: "default", name: "ghost", uid: "u", resourceVersion: "3" } };
  const stage = aStage(lyingFirstPodWatch([{ type: "ADDED", object: pod }]));
  await following(stage, async (live) => {
    await stage.client.clock.sleep(10_000);
    expect(live.snapshot.pod("default", "ghost")).toBeUndefined();
  });
});

test("a list older than what was seen is not believed: the view never goes back", async () => {
  const stage = aStage();
  await following(stage, async (live) => {
    const oldList = { metadata: { resourceVersion: "5" }, items: [] };
    const isPodList = (request: KubernetesRequest): boolean =>
      request.path === "/api/v1/pods" && !isWatch(request);
    const gone = firstTimes(1, isPodWatch, answer(410, {}));
    const lagging = firstTimes(2, isPodList, answer(200, oldList));
    await stage.client.clock.sleep(1000);
    stage.fault = (request) => gone(request) ?? lagging(request);
    stage.client.breakWatches();
    await stage.client.clock.sleep(1200);
    expect(names(live.snapshot.pods())).toEqual(truth(stage, "pods"));
    expect(live.trouble).toBe("list pods: older than what was seen before");
    await stage.client.clock.sleep(20_000);
    expect(live.trouble).toBeNull();
    expect(names(live.snapshot.pods())).toEqual(truth(stage, "pods"));
  });
});

test("a server that is away is said, and followed again when it is back", async () => {
  const stage = aStage();
  await following(stage, async (live) => {
    await stage.client.clock.sleep(1000);
    stage.fault = () => ({ kind: "lostRequest", failure: "unreachable" });
    stage.client.breakWatches();
    stage.actors.scale("deployments", "default", "web", 2);
    await stage.client.clock.sleep(600_000);
    expect(live.trouble).toMatch(/^(watch|list) \S+: GET .*unreachable/);
    stage.fault = () => undefined;
    await stage.client.clock.sleep(40_000);
    expect(live.trouble).toBeNull();
    expect(names(live.snapshot.pods())).toEqual(truth(stage, "pods"));
  });
});

test("a server that asks for time gets it", async () => {
  const stage = aStage();
  await following(stage, async () => {
    await stage.client.clock.sleep(1000);
    stage.sent.length = 0;
    const busy = answer(429, "busy", { "retry-after": "25" });
    stage.fault = (request) => (isPodWatch(request) ? busy : undefined);
    stage.client.breakWatches();
    await stage.client.clock.sleep(100_000);
  });
  expect(watchesOf(stage, "pods").length).toBeLessThanOrEqual(4);
});

test("a missing right rejects with the verb and the resource, before anything is shown", async () => {
  const stage = aStage();
  stage.fault = (request) =>
    request.path.endsWith("/statefulsets")
      ? answer(403, status(403, "Forbidden", 'statefulsets.apps is forbidden: User "x" cannot list resource'))
      : undefined;
  const error: unknown = await stage
    .run(() => stage.cluster.follow(neverAborted()))
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GatewayError);
  expect((error as GatewayError).kind).toBe("forbidden");
  expect((error as GatewayError).message).toMatch(/^list statefulsets\.apps: 403 Forbidden/);
});

test("the view catches up with a quorum read of one object", async () => {
  const stage = aStage();
  await following(stage, async (live) => {
    const [node] = live.snapshot.nodes();
    stage.actors.cordon(node?.name ?? "");
    const fresh = await stage.cluster.readNode(node?.name ?? "");
    await live.caughtUp("nodes", fresh?.resourceVersion ?? "", neverAborted());
    expect(live.snapshot.node(node?.name ?? "")?.unschedulable).toBe(true);
  });
});

test("the view catches up with the pods of a node at once, not with the next bookmark", async () => {
  const stage = aStage();
  await following(stage, async (live) => {
    const [node] = live.snapshot.nodes();
    // Writes to other kinds raise the list's version, and no event of pods will ever show it.
    stage.actors.cordon(node?.name ?? "");
    await stage.client.clock.sleep(30_000);
    const { pods, resourceVersion } = await stage.cluster.readPodsOnNode(node?.name ?? "");
    expect(pods.length).toBeGreaterThan(0);
    const before = stage.client.clock.monotonic();
    await live.caughtUp("pods", resourceVersion, neverAborted());
    expect(stage.client.clock.monotonic() - before).toBeLessThan(1000);
  });
});

test("waits end with the reason of their signal, and with the view's end", async () => {
  const stage = aStage();
  await stage.run(async () => {
    const live = await stage.cluster.follow(neverAborted());
    const controller = new AbortController();
    const waiting = live.changed(live.version, controller.signal);
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    const never = live.changed(live.version + 1000, neverAborted());
    live.close();
    await expect(never).rejects.toThrow(GatewayError);
  });
});

test("after the end nothing is asked any more", async () => {
  const stage = aStage();
  await following(stage, () => stage.client.clock.sleep(1000));
  stage.sent.length = 0;
  stage.client.breakWatches();
  await stage.driver.pass(600_000);
  expect(stage.sent).toEqual([]);
});
