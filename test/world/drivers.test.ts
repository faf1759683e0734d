import { describe, expect, test } from "vitest";
import { WireError } from "#gateway/wire.ts";
import { Actors } from "#world/actors.ts";
import { VirtualTimeError } from "#world/drivers/virtual-driver.ts";
import { WallDriver } from "#world/drivers/wall-driver.ts";
import type { World } from "#world/world.ts";
import { driverOf, smallWorld, startTime } from "./support.ts";

const nodes = { method: "GET", path: "/api/v1/nodes" } as const;
const lease = (name: string) =>
  ({
    method: "POST",
    path: "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases",
    body: { metadata: { name } },
  }) as const;

/** Everything that happens in some minutes of a world that is shaken a little. */
async function trace(seed: number): Promise<string> {
  const world = smallWorld(seed);
  const driver = driverOf(world, { seed });
  const client = driver.client("c");
  const lines: string[] = [];
  world.onChange(({ plural, type, object, version, time }) =>
    lines.push(`${time} ${version} ${type} ${plural}/${object.metadata.name} ${object.metadata.uid}`),
  );
  world.onRequest(({ time, request }) => lines.push(`${time} ${JSON.stringify(request)}`));
  await driver.run(async () => {
    const abort = new AbortController();
    const { events } = await client.kubernetes.stream({ ...nodes, query: { watch: "true" } }, abort.signal);
    const reading = (async () => {
      for await (const event of events)
        lines.push(`${client.clock.now()} saw ${JSON.stringify(event).length}`);
    })().catch(() => undefined);
    const id = world.fleet.membersOf("nodes-a")[0]?.id ?? "";
    await client.aws.call("TerminateInstanceInAutoScalingGroup", {
      InstanceId: id,
      ShouldDecrementDesiredCapacity: false,
    });
    await Promise.all([client.kubernetes.request(nodes), client.clock.sleep(120_000)]);
    abort.abort();
    await reading;
  });
  return lines.join("\n");
}

describe("virtual time", () => {
  test("gives the same trace for the same seed, and another for another", async () => {
    const [first, second, other] = [await trace(42), await trace(42), await trace(43)];
    expect(first.length).toBeGreaterThan(1000);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  test("passes only as the program waits, and a sleep can be aborted", async () => {
    const driver = driverOf(smallWorld());
    const { clock } = driver.client("c");
    const reason = new Error("enough");
    await driver.run(async () => {
      await clock.sleep(5000);
      expect(clock.monotonic()).toBe(5000);
      expect(clock.now()).toBe(startTime + 5000);
      const abort = new AbortController();
      const sleeping = clock.sleep(60_000, abort.signal);
      await clock.sleep(10);
      abort.abort(reason);
      await expect(sleeping).rejects.toBe(reason);
      expect(clock.monotonic()).toBe(5010);
    });
  });

  test("says so when the program waits for something that never comes", async () => {
    const driver = driverOf(smallWorld());
    await expect(driver.run(() => new Promise(() => undefined))).rejects.toThrow(VirtualTimeError);
  });

  test("ends a program that takes longer than allowed", async () => {
    const driver = driverOf(smallWorld());
    const { clock } = driver.client("c");
    const forever = async (): Promise<never> => {
      for (;;) await clock.sleep(1000);
    };
    await expect(driver.run(forever, { limitMs: 60_000 })).rejects.toThrow(/time limit/);
  });

  test("lets a request take its time on the way, on the server and back", async () => {
    const world = smallWorld();
    const driver = driverOf(world);
    const client = driver.client("c");
    const applied: number[] = [];
    world.onRequest(({ client: name, time }) => {
      if (name === "c") applied.push(time - startTime);
    });
    await driver.run(() => client.kubernetes.request(nodes));
    expect(applied[0]).toBeGreaterThanOrEqual(1);
    expect(client.clock.monotonic()).toBeGreaterThan(applied[0] ?? 0);
    expect(client.clock.monotonic()).toBeLessThanOrEqual(10);
  });
});

/** Those that programs made; kubelets have theirs elsewhere. */
function leasesOf(world: World): readonly string[] {
  return world
    .list("leases")
    .filter(({ metadata }) => metadata.namespace !== "kube-node-lease")
    .map(({ metadata }) => metadata.name);
}

describe("a crash", () => {
  test("drops what the client waited for; what was applied stays, what was under way does not happen", async () => {
    const world = smallWorld();
    const driver = driverOf(world, { latencyMs: [10, 10] });
    const first = driver.client("first");
    const settled: string[] = [];
    await driver.run(async () => {
      void first.kubernetes.request(lease("applied")).finally(() => settled.push("applied"));
      await driver.client("pause").clock.sleep(5);
      void first.kubernetes.request(lease("under-way")).finally(() => settled.push("under way"));
      void first.clock.sleep(1).finally(() => settled.push("sleep"));
      driver.at(driver.now() + 6, () => first.crash());
      await driver.client("second").clock.sleep(60_000);
    });
    expect(settled).toEqual(["sleep"]);
    expect(leasesOf(world)).toEqual(["applied"]);
  });

  test("may also let a request that was under way arrive", async () => {
    const world = smallWorld();
    const driver = driverOf(world, { latencyMs: [10, 10] });
    const first = driver.client("first");
    await driver.run(async () => {
      void first.kubernetes.request(lease("late"));
      driver.at(driver.now() + 5, () => first.crash("apply"));
      await driver.client("second").clock.sleep(1000);
    });
    expect(leasesOf(world)).toEqual(["late"]);
  });

  test("closes watches; another client goes on", async () => {
    const world = smallWorld();
    const driver = driverOf(world);
    const first = driver.client("first");
    const seen: unknown[] = [];
    await driver.run(async () => {
      const signal = new AbortController().signal;
      const { events } = await first.kubernetes.stream({ ...nodes, query: { watch: "true" } }, signal);
      void (async () => {
        for await (const event of events) seen.push(event);
      })();
      await first.clock.sleep(20);
      const before = seen.length;
      first.crash();
      new Actors(world).cordon(world.list("nodes")[0]?.metadata.name ?? "");
      const second = driver.client("second");
      await second.clock.sleep(1000);
      expect(before).toBe(4);
      expect(seen).toHaveLength(before);
      expect((await second.kubernetes.request(nodes)).status).toBe(200);
    });
  });
});

describe("faults", () => {
  test("break the connection before or after the server has applied the request", async () => {
    const world = smallWorld();
    const driver = driverOf(world, {
      faults: (_client, _time, request) => {
        if (request.kind !== "kubernetes" || request.request.method !== "POST") return undefined;
        const name = JSON.stringify(request.request.body);
        if (name.includes("lost-request")) return { kind: "lostRequest", failure: "unreachable" };
        return name.includes("lost-answer") ? { kind: "lostAnswer", failure: "reset" } : undefined;
      },
    });
    const client = driver.client("c");
    await driver.run(async () => {
      const lost = client.kubernetes.request(lease("lost-request"));
      await expect(lost).rejects.toMatchObject({ failure: "unreachable", maybeSent: false });
      const applied = client.kubernetes.request(lease("lost-answer"));
      await expect(applied).rejects.toMatchObject({ failure: "reset", maybeSent: true });
    });
    expect(leasesOf(world)).toEqual(["lost-answer"]);
  });

  test("break open watches with a WireError", async () => {
    const driver = driverOf(smallWorld());
    const client = driver.client("c");
    await driver.run(async () => {
      const signal = new AbortController().signal;
      const { events } = await client.kubernetes.stream({ ...nodes, query: { watch: "true" } }, signal);
      const reading = (async () => {
        for await (const _event of events);
      })();
      await client.clock.sleep(100);
      client.breakWatches();
      await expect(reading).rejects.toBeInstanceOf(WireError);
    });
  });

  test("an aborted request rejects at once, whatever the server does", async () => {
    const driver = driverOf(smallWorld(), { latencyMs: [1000, 1000] });
    const client = driver.client("c");
    await driver.run(async () => {
      const abort = new AbortController();
      const request = client.kubernetes.request(nodes, abort.signal);
      await client.clock.sleep(10);
      abort.abort();
      await expect(request).rejects.toMatchObject({ failure: "aborted" });
      expect(client.clock.monotonic()).toBe(10);
    });
  });
});

test("wall time runs the same world on the host's timers, many times faster", async () => {
  const world = smallWorld();
  const driver = new WallDriver({
    world,
    speed: 500,
    timers: {
      monotonic: () => performance.now(),
      setTimer: (milliseconds, run) => {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
    },
  });
  const client = driver.client("c");
  new Actors(world).scale("deployments", "default", "web", 8);
  await client.clock.sleep(20_000);
  const answer = await client.kubernetes.request({
    method: "GET",
    path: "/apis/apps/v1/namespaces/default/deployments/web",
  });
  driver.close();
  expect(answer.body).toMatchObject({ status: { availableReplicas: 8 } });
  expect(client.clock.monotonic()).toBeGreaterThanOrEqual(20_000);
});

test("a watch may lag far behind the truth", async () => {
  const world = smallWorld();
  const driver = driverOf(world, { watchLatencyMs: [3000, 3000] });
  const client = driver.client("c");
  const seen: number[] = [];
  await driver.run(async () => {
    const version = String(world.cluster.counter.version);
    const query = { watch: "true", resourceVersion: version };
    const { events } = await client.kubernetes.stream({ ...nodes, query }, new AbortController().signal);
    void (async () => {
      for await (const _event of events) seen.push(client.clock.monotonic());
    })();
    await client.clock.sleep(10_000);
    new Actors(world).cordon(world.list("nodes")[0]?.metadata.name ?? "");
    await client.clock.sleep(10_000);
  });
  expect(seen[0]).toBeGreaterThanOrEqual(13_000);
});
