import { expect, test } from "vitest";
import { listAll } from "#gateway/kubernetes/list.ts";
import { GatewayError } from "#gateway/ports.ts";
import type { KubernetesRequest, KubernetesResponse, KubernetesWire } from "#gateway/wire.ts";
import { aStage, response, type Stage } from "./support.ts";

const LIST = { what: "list pods", path: "/api/v1/pods" };
type Answer = (request: KubernetesRequest, count: number) => KubernetesResponse;

/** Lists names from a server that answers so. */
async function list(answer: Answer): Promise<{ names: string[]; requests: KubernetesRequest[] }> {
  const requests: KubernetesRequest[] = [];
  const scripted = (): KubernetesWire => ({
    request: async (request) => {
      requests.push(request);
      return answer(request, requests.length);
    },
    stream: () => Promise.reject(new Error("no streams here")),
  });
  const stage: Stage = aStage();
  const caller = {
    wire: scripted(),
    clock: stage.client.clock,
    random: () => 0.5,
    patience: { requestSeconds: 15, totalSeconds: 45, connectSeconds: 10 },
  };
  const found = await stage.run(() => listAll(caller, LIST, (raw) => String((raw as { n: string }).n)));
  return { names: [...found.objects], requests };
}

function page(names: readonly string[], token?: string): KubernetesResponse {
  const metadata = { resourceVersion: "100", ...(token === undefined ? {} : { continue: token }) };
  return response(200, { metadata, items: names.map((n) => ({ n })) });
}

const EXPIRED = response(410, { kind: "Status", reason: "Expired", code: 410 });

test("a list is read in pages of 500", async () => {
  const { names, requests } = await list((request) =>
    request.query?.continue === undefined ? page(["a", "b"], "next") : page(["c"]),
  );
  expect(names).toEqual(["a", "b", "c"]);
  expect(requests.map((request) => request.query)).toEqual([
    { limit: "500" },
    { limit: "500", continue: "next" },
  ]);
});

test("a list is read without resourceVersion: the newest there is", async () => {
  const { requests } = await list(() => page(["a"]));
  expect(requests[0]?.query).not.toHaveProperty("resourceVersion");
});

test("a continue token that expires starts the list again, and nothing of the first pass is kept", async () => {
  const { names, requests } = await list((request, count) => {
    if (count === 1) return page(["old-1", "old-2"], "stale");
    if (request.query?.continue === "stale") return EXPIRED;
    return request.query?.continue === undefined ? page(["new-1"], "fresh") : page(["new-2"]);
  });
  expect(names).toEqual(["new-1", "new-2"]);
  expect(requests).toHaveLength(4);
});

test.each([
  ["whose token never changes", () => page(["a"], "same")],
  [
    "whose tokens always expire",
    (request: KubernetesRequest) => (request.query?.continue ? EXPIRED : page(["a"], "x")),
  ],
  ["without items", () => response(200, { metadata: { resourceVersion: "1" } })],
  ["without a version", () => response(200, { metadata: {}, items: [] })],
  ["that is text", () => response(200, "<html>")],
])("a list %s fails and names itself", async (_name, answer) => {
  const error: unknown = await list(answer).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GatewayError);
  expect((error as GatewayError).kind).toBe("server-failed");
  expect((error as GatewayError).message).toMatch(/^list pods: /);
});

test("an empty list may be written as null", async () => {
  const { names } = await list(() => response(200, { metadata: { resourceVersion: "1" }, items: null }));
  expect(names).toEqual([]);
});
