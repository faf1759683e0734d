import { describe, expect, test } from "vitest";
import { SandboxWatch } from "#cli/sandbox/sandbox-watch.ts";
import type { KubernetesRequest } from "#gateway/wire.ts";
import type { SandboxNews } from "#render/sandbox-frame.ts";
import { Actors } from "#world/actors.ts";
import type { World } from "#world/world.ts";
import { smallWorld } from "../../world/support.ts";

function watched(): { readonly world: World; readonly watch: SandboxWatch; readonly news: SandboxNews[] } {
  const world = smallWorld();
  const watch = new SandboxWatch(world, { name: "small", use: "" });
  const news: SandboxNews[] = [];
  watch.onNews = (one) => news.push(one);
  return { world, watch, news };
}

function send(world: World, request: KubernetesRequest): void {
  world.handle(world.now, { kind: "kubernetes", request }, "kubectl");
}

const words = (news: readonly SandboxNews[]): readonly string[] =>
  news.map(({ who, words: said }) => (who === "" ? said : `${who} ${said}`));

describe("the news of a sandbox", () => {
  test("tell who asked for what, and then what came of it", async () => {
    const { world, news } = watched();
    const [node] = world.list("nodes");
    const name = node?.metadata.name ?? "";
    send(world, {
      method: "PATCH",
      path: `/api/v1/nodes/${name}`,
      contentType: "application/merge-patch+json",
      body: { spec: { unschedulable: true } },
    });
    await Promise.resolve();
    const short = name.split(".")[0];
    expect(words(news)).toEqual([`kubectl patches node ${short}`, `node ${short} is cordoned`]);
  });

  test("keep the order of several requests at one moment, each before what came of it", async () => {
    const { world, news } = watched();
    const name = world.list("nodes").find(({ spec }) => spec.taints === undefined)?.metadata.name ?? "";
    new Actors(world).cordon(name);
    new Actors(world).uncordon(name);
    await Promise.resolve();
    const short = name.split(".")[0];
    expect(words(news)).toEqual([
      `admin patches node ${short}`,
      `node ${short} is cordoned`,
      `admin patches node ${short}`,
      `node ${short} is no longer cordoned`,
    ]);
  });

  test("follow a pod from its eviction to its successor", async () => {
    const { world, news } = watched();
    const pod = world.list("pods").find(({ metadata }) => metadata.labels?.app === "api");
    const name = pod?.metadata.name ?? "";
    const body = { metadata: { name, namespace: "default" } };
    send(world, { method: "POST", path: `/api/v1/namespaces/default/pods/${name}/eviction`, body });
    await Promise.resolve();
    world.advance(world.now + 10_000);
    await Promise.resolve();
    const said = words(news);
    expect(said.slice(0, 2)).toEqual([`kubectl evicts default/${name}`, `pod default/${name} is stopping`]);
    expect(said).toContain(`pod default/${name} is gone`);
    expect(said.some((one) => /^pod default\/api-\S+ starts on ip-\S+$/.test(one))).toBe(true);
    expect(said.some((one) => /^pod default\/api-\S+ is Ready$/.test(one))).toBe(true);
  });

  test("say why something was refused", async () => {
    const { world, news } = watched();
    send(world, { method: "DELETE", path: "/api/v1/namespaces/default/pods/nobody" });
    await Promise.resolve();
    expect(news).toMatchObject([
      { words: 'deletes pod default/nobody: 404 pods "nobody" not found', isTrouble: true },
    ]);
  });

  test("leave reads out, but count them", () => {
    const { world, watch, news } = watched();
    send(world, { method: "GET", path: "/api/v1/pods" });
    expect(news).toEqual([]);
    expect(watch.view()).toMatchObject({ requestCount: 1, unplaced: 0 });
  });

  test("name an AWS call with what it is about", async () => {
    const { world, news } = watched();
    const [instance] = [...world.fleet.instances.keys()];
    const input = { InstanceId: instance ?? "", ShouldDecrementDesiredCapacity: false };
    world.handle(world.now, { kind: "aws", action: "TerminateInstanceInAutoScalingGroup", input }, "dextre");
    await Promise.resolve();
    expect(words(news)[0]).toBe(`dextre TerminateInstanceInAutoScalingGroup ${instance}`);
  });
});
