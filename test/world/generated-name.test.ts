import { expect, test } from "vitest";
import { buildWorld } from "#world/build-world.ts";
import { loadScenario, startTime } from "./support.ts";

test("a generated name is drawn again where another pod has it", () => {
  const world = buildWorld(loadScenario("small"), { seed: 1, now: startTime });
  const [pod] = world.list("pods").filter(({ metadata }) => metadata.generateName?.startsWith("web-"));
  const before = pod?.metadata.name ?? "";
  const taken = before.slice(-5);
  const drawn = [taken, taken, "fresh"];
  world.cluster.random.suffix = () => drawn.shift() ?? "later";
  const body = { metadata: { generateName: pod?.metadata.generateName ?? "" }, spec: pod?.spec };
  const path = `/api/v1/namespaces/${pod?.metadata.namespace}/pods`;
  const request = { method: "POST", path, body: JSON.parse(JSON.stringify(body)) } as const;
  const answer = world.handle(world.now, { kind: "kubernetes", request });
  expect(answer).toMatchObject({
    answer: { status: 201, body: { metadata: { name: `${before.slice(0, -5)}fresh` } } },
  });
  expect(world.get("pods", pod?.metadata.namespace, before)?.metadata.uid).toBe(pod?.metadata.uid);
});
