import { expect } from "vitest";
import { type Answer, at, collection, create, list, mustSend, names, send, until } from "./api.ts";
import { follow } from "./follow.ts";
import type { ContractCase, Namespaced } from "./subject.ts";

async function configMaps(cluster: Namespaced, wanted: readonly string[]): Promise<void> {
  for (const name of wanted) {
    const labels = { kind: name.startsWith("a") ? "first" : "second", app: name };
    await create(cluster, "configmaps", { metadata: { name, labels }, data: { of: name } });
  }
}

const seven = ["a1", "a2", "a3", "b1", "b2", "b3", "b4"];

function read(cluster: Namespaced, query: Readonly<Record<string, string>>): Promise<Answer> {
  const ours = { labelSelector: "app", ...query };
  return send(cluster.subject, "GET", collection(cluster, "configmaps"), undefined, { query: ours });
}

/** A watch from long ago; of events, which the real server keeps no window of in its memory. */
async function expectForgotten(cluster: Namespaced): Promise<void> {
  const query = { resourceVersion: "1", timeoutSeconds: "5" };
  const follower = await follow(cluster.subject, collection(cluster, "events"), query);
  if (follower.status !== 200) {
    expect(follower).toMatchObject({ status: 410, body: { reason: "Expired", code: 410 } });
    return;
  }
  await until(cluster.subject, "its end", async () => follower.isEnded || undefined, 20);
  expect(follower.events).toMatchObject([
    { type: "ERROR", object: { kind: "Status", reason: "Expired", code: 410 } },
  ]);
}

const paging: readonly ContractCase[] = [
  {
    sentence: "comes in pages that together show one version in one order, whatever is written meanwhile",
    async show(cluster) {
      await configMaps(cluster, seven);
      const seen: string[] = [];
      const versions = new Set<string>();
      let token = "";
      do {
        const { body } = await read(cluster, { limit: "3", continue: token });
        seen.push(...names(body.items ?? []));
        versions.add(body.metadata.resourceVersion);
        token = body.metadata.continue ?? "";
        await send(cluster.subject, "DELETE", `${collection(cluster, "configmaps")}/b3`);
        await send(cluster.subject, "POST", collection(cluster, "configmaps"), { metadata: { name: "a22" } });
      } while (token !== "");
      expect(seen).toEqual(seven);
      expect(versions.size).toBe(1);
    },
  },
  {
    sentence:
      "tells how many remain where nothing is selected, and the last page has neither token nor number",
    async show(cluster) {
      // of config maps a real server publishes one in each namespace, sooner or later
      for (const name of seven) await create(cluster, "leases", { metadata: { name } });
      const page = (query: Readonly<Record<string, string>>) =>
        mustSend(cluster.subject, "GET", collection(cluster, "leases"), undefined, { query });
      const first = await page({ limit: "3" });
      expect(first.metadata.remainingItemCount).toBe(4);
      const last = await page({ limit: "100", continue: first.metadata.continue ?? "" });
      expect(names(last.items ?? [])).toEqual(seven.slice(3));
      expect(last.metadata.continue ?? "").toBe("");
      expect(last.metadata.remainingItemCount).toBeUndefined();
    },
  },
  {
    sentence: "does not tell how many remain where labels select",
    async show(cluster) {
      await configMaps(cluster, seven);
      const { metadata } = (await read(cluster, { limit: "3" })).body;
      expect(metadata.continue).toBeTruthy();
      expect(metadata.remainingItemCount).toBeUndefined();
    },
  },
  {
    sentence: "refuses a token that it never gave with 400",
    async show(cluster) {
      expect(await read(cluster, { limit: "3", continue: "no-token" })).toMatchObject({
        status: 400,
        body: { reason: "BadRequest" },
      });
    },
  },
  {
    sentence:
      "answers 410 after a compaction: the next page, with a token to go on inconsistently, an exact version, and a watch",
    isAlone: true,
    async show(cluster) {
      await configMaps(cluster, seven);
      const first = (await read(cluster, { limit: "3" })).body;
      await create(cluster, "configmaps", { metadata: { name: "later", labels: { app: "later" } } });
      await cluster.subject.admin.compact();
      const answer = await read(cluster, { limit: "3", continue: first.metadata.continue ?? "" });
      expect(answer).toMatchObject({ status: 410, body: { reason: "Expired", code: 410 } });
      const { resourceVersion } = first.metadata;
      const exactly = await read(cluster, { resourceVersion, resourceVersionMatch: "Exact" });
      expect(exactly).toMatchObject({ status: 410, body: { reason: "Expired" } });
      const goOn = answer.body.metadata.continue ?? "";
      const next = await read(cluster, { limit: "100", continue: goOn });
      expect(names(next.body.items ?? [])).toEqual(["b1", "b2", "b3", "b4", "later"]);
      await expectForgotten(cluster);
    },
  },
];

const versions: readonly ContractCase[] = [
  {
    sentence: "of a version of the future answers 504 with a cause and Retry-After 1",
    async show(cluster) {
      const answer = await read(cluster, { resourceVersion: "99999999" });
      expect(answer).toMatchObject({ status: 504, retryAfter: "1", body: { reason: "Timeout" } });
      expect(answer.body.details?.causes?.map(({ reason }) => reason)).toEqual(["ResourceVersionTooLarge"]);
      expect(answer.body.message).toMatch(/^Timeout: Too large resource version: 99999999, current: \d+$/);
    },
  },
  {
    sentence: "of an earlier version, exactly, shows what there was then",
    async show(cluster) {
      await configMaps(cluster, ["a1", "a2"]);
      const { resourceVersion } = (await read(cluster, {})).body.metadata;
      await configMaps(cluster, ["a3"]);
      const then = await read(cluster, { resourceVersion, resourceVersionMatch: "Exact" });
      expect(then.status).toBe(200);
      expect(names(then.body.items ?? [])).toEqual(["a1", "a2"]);
      // A server may answer from a cache that does not know of a later write yet; of the version asked for it does.
      const latest = (await read(cluster, {})).body.metadata.resourceVersion;
      const since = await read(cluster, { resourceVersion: latest, resourceVersionMatch: "NotOlderThan" });
      expect(names(since.body.items ?? [])).toEqual(["a1", "a2", "a3"]);
    },
  },
  {
    sentence: "of a version that is no number answers 400",
    async show(cluster) {
      expect((await read(cluster, { resourceVersion: "abc" })).status).toBe(400);
    },
  },
  {
    sentence:
      "of any version will do with what the server has at hand, and that is never older than what it said before",
    async show(cluster) {
      await configMaps(cluster, ["a1", "a2"]);
      const { resourceVersion } = (await read(cluster, {})).body.metadata;
      const any = await read(cluster, { resourceVersion: "0" });
      expect(any.status).toBe(200);
      expect(names(any.body.items ?? [])).toEqual(["a1", "a2"]);
      expect(Number(any.body.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(resourceVersion));
      const bare = { resourceVersionMatch: "NotOlderThan" };
      expect((await read(cluster, bare)).status).toBe(422);
    },
  },
  {
    sentence: "has a version of its own, no older than its newest object",
    async show(cluster) {
      await configMaps(cluster, ["a1", "a2"]);
      const { metadata, items = [] } = (await read(cluster, {})).body;
      for (const item of items) {
        expect(Number(item.metadata.resourceVersion)).toBeLessThanOrEqual(Number(metadata.resourceVersion));
      }
    },
  },
];

const selection: readonly ContractCase[] = [
  {
    sentence: "selects by labels in every form",
    async show(cluster) {
      await configMaps(cluster, seven);
      const selected = async (labelSelector: string) =>
        names((await read(cluster, { labelSelector })).body.items ?? []);
      expect(await selected("kind=first")).toEqual(["a1", "a2", "a3"]);
      expect(await selected("kind==first,app!=a2")).toEqual(["a1", "a3"]);
      expect(await selected("app in (a1, b4)")).toEqual(["a1", "b4"]);
      expect(await selected("app,kind notin (first)")).toEqual(["b1", "b2", "b3", "b4"]);
      expect(await selected("app,!kind")).toEqual([]);
      expect((await read(cluster, { labelSelector: "a=(" })).status).toBe(400);
    },
  },
  {
    sentence: "selects by name, and refuses a field that cannot be selected by with 400",
    async show(cluster) {
      await configMaps(cluster, ["a1", "a2"]);
      const one = await read(cluster, { fieldSelector: "metadata.name=a2" });
      expect(names(one.body.items ?? [])).toEqual(["a2"]);
      const others = await read(cluster, { fieldSelector: "metadata.name!=a2" });
      expect(names(others.body.items ?? [])).toEqual(["a1"]);
      const wrong = await read(cluster, { fieldSelector: "data.of=a1" });
      expect(wrong).toMatchObject({
        status: 400,
        body: {
          reason: "BadRequest",
          message: '"data.of" is not a known field selector: only "metadata.name", "metadata.namespace"',
        },
      });
    },
  },
  {
    sentence: "selects pods by node, phase and restart policy",
    async show(cluster) {
      const spec = { containers: [{ name: "c", image: "i" }] };
      await create(cluster, "pods", { metadata: { name: "on-n1" }, spec: { ...spec, nodeName: "n1" } });
      const never = { ...spec, nodeName: "n2", restartPolicy: "Never" };
      await create(cluster, "pods", { metadata: { name: "on-n2" }, spec: never });
      const selected = async (fieldSelector: string) => names(await list(cluster, "pods", { fieldSelector }));
      expect(await selected("spec.nodeName=n1")).toEqual(["on-n1"]);
      expect(await selected("status.phase=Pending,spec.nodeName!=n1")).toEqual(["on-n2"]);
      expect(await selected("status.phase=Running")).toEqual([]);
      expect(await selected("spec.restartPolicy=Never")).toEqual(["on-n2"]);
    },
  },
  {
    sentence:
      "of all namespaces is in the order of namespace and name, without kind and apiVersion in its items",
    async show(cluster) {
      await configMaps(cluster, ["b1", "a1"]);
      const body = await mustSend(cluster.subject, "GET", "/api/v1/configmaps");
      expect(body).toMatchObject({ kind: "ConfigMapList", apiVersion: "v1" });
      const keys = (body.items ?? []).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
      expect(keys).toEqual(keys.toSorted());
      expect(keys).toContain(`${cluster.namespace}/a1`);
      for (const item of body.items ?? [])
        expect([at(item, "kind"), at(item, "apiVersion")]).toEqual([undefined, undefined]);
    },
  },
  {
    sentence: "of a namespace that does not exist is empty, and of a kind that does not exist is 404",
    async show({ subject }) {
      const empty = await send(subject, "GET", "/api/v1/namespaces/no-such-namespace/pods");
      expect(empty).toMatchObject({ status: 200, body: { items: [] } });
      expect((await send(subject, "GET", "/apis/example.io/v1/things")).status).toBe(404);
      expect((await send(subject, "GET", "/api/v1/things")).status).toBe(404);
    },
  },
];

export const listCases: readonly ContractCase[] = [...paging, ...versions, ...selection].map((one) => ({
  ...one,
  sentence: `a list ${one.sentence}`,
}));
