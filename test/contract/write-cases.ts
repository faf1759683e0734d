import { expect } from "vitest";
import { at, collection, create, get, mustSend, send, strategicPatch, until } from "./api.ts";
import { wrongUid } from "./eviction-cases.ts";
import type { ContractCase } from "./subject.ts";
import { aJob } from "./workloads.ts";

export const writeCases: readonly ContractCase[] = [
  {
    sentence: "a write has a version higher than all before, one that changes nothing has none",
    async show(cluster) {
      const made = await create(cluster, "configmaps", { metadata: { name: "x" }, data: { a: "1" } });
      const path = `${collection(cluster, "configmaps")}/x`;
      const same = await mustSend(cluster.subject, "PATCH", path, { data: { a: "1" } });
      expect(same.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
      const next = await mustSend(cluster.subject, "PATCH", path, { data: { a: "2", b: "3" } });
      expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
      const cut = await mustSend(cluster.subject, "PATCH", path, { data: { a: null } });
      expect(at(cut, "data")).toEqual({ b: "3" });
    },
  },
  {
    sentence: "an object for a namespace that does not exist answers 404",
    async show({ subject }) {
      const path = "/api/v1/namespaces/no-such-namespace/configmaps";
      expect(await send(subject, "POST", path, { metadata: { name: "x" } })).toMatchObject({
        status: 404,
        body: { reason: "NotFound", message: 'namespaces "no-such-namespace" not found' },
      });
    },
  },
  {
    sentence: "an object with a name that is none, or without one, answers 422",
    async show(cluster) {
      const path = collection(cluster, "configmaps");
      const wrong = await send(cluster.subject, "POST", path, { metadata: { name: "Not_A_Name" } });
      expect(wrong).toMatchObject({ status: 422, body: { reason: "Invalid" } });
      expect(wrong.body.details?.causes?.map(({ field }) => field)).toEqual(["metadata.name"]);
      const none = await send(cluster.subject, "POST", path, { metadata: {} });
      expect(none).toMatchObject({ status: 422, body: { reason: "Invalid" } });
      expect(none.body.details?.causes?.map(({ reason, field }) => [reason, field])).toEqual([
        ["FieldValueRequired", "metadata.name"],
      ]);
    },
  },
  {
    sentence: "an object with generateName gets five characters of its own",
    async show(cluster) {
      const { metadata } = await create(cluster, "configmaps", { metadata: { generateName: "made-" } });
      expect(metadata.name).toMatch(/^made-[a-z0-9]{5}$/);
    },
  },
  {
    sentence: "a dry run answers as if, and keeps nothing",
    async show(cluster) {
      const path = collection(cluster, "configmaps");
      const dry = { query: { dryRun: "All" } };
      const made = await send(cluster.subject, "POST", path, { metadata: { name: "x" } }, dry);
      expect(made.status).toBe(201);
      expect((await send(cluster.subject, "GET", `${path}/x`)).status).toBe(404);
      await create(cluster, "configmaps", { metadata: { name: "x" } });
      const changed = await send(cluster.subject, "PATCH", `${path}/x`, { data: { a: "1" } }, dry);
      expect(changed).toMatchObject({ status: 200, body: { data: { a: "1" } } });
      expect((await send(cluster.subject, "DELETE", `${path}/x`, undefined, dry)).status).toBe(200);
      expect(at(await get(cluster, "configmaps", "x"), "data")).toBeUndefined();
    },
  },
  {
    sentence: "an update with a stale version answers 409, with a wrong UID 409, under another name 400",
    async show(cluster) {
      const path = collection(cluster, "configmaps");
      const made = await create(cluster, "configmaps", { metadata: { name: "x" }, data: { a: "1" } });
      await mustSend(cluster.subject, "PATCH", `${path}/x`, { data: { a: "2" } });
      expect(await send(cluster.subject, "PUT", `${path}/x`, { ...made, data: { a: "3" } })).toMatchObject({
        status: 409,
        body: { reason: "Conflict" },
      });
      const strange = { metadata: { name: "x", uid: wrongUid }, data: { a: "3" } };
      expect(await send(cluster.subject, "PUT", `${path}/x`, strange)).toMatchObject({
        status: 409,
        body: { reason: "Conflict" },
      });
      const other = { metadata: { name: "y" }, data: { a: "3" } };
      expect((await send(cluster.subject, "PUT", `${path}/x`, other)).status).toBe(400);
      const blind = { metadata: { name: "x" }, data: { a: "3" } };
      expect((await send(cluster.subject, "PUT", `${path}/x`, blind)).status).toBe(200);
    },
  },
  {
    sentence:
      "a Job that is changed is judged twice, as a new one and as a changed one, and so tells causes twice",
    async show(cluster) {
      await aJob(cluster, "work");
      const path = `${collection(cluster, "jobs")}/work`;
      const fields = async (patch: object) => {
        const answer = await send(cluster.subject, "PATCH", path, patch);
        expect(answer).toMatchObject({ status: 422, body: { reason: "Invalid" } });
        return answer.body.details?.causes?.map(({ field }) => field);
      };
      expect(await fields({ spec: { parallelism: -1 } })).toEqual(["spec.parallelism", "spec.parallelism"]);
      const label = (key: string): string => `spec.template.metadata.labels[${key}]`;
      expect(await fields({ spec: { template: { metadata: { labels: { "job-name": "x" } } } } })).toEqual([
        label("job-name"),
        "spec.template",
      ]);
    },
  },
  {
    sentence: "annotations have 256 KiB together, a ConfigMap's values 1 MiB",
    async show(cluster) {
      const maps = collection(cluster, "configmaps");
      const annotated = { metadata: { name: "x", annotations: { a: "x".repeat(256 * 1024) } } };
      const full = { metadata: { name: "x" }, data: { a: "x".repeat(1024 * 1024), b: "x" } };
      for (const [body, field] of [
        [annotated, "metadata.annotations"],
        [full, "[]"],
      ] as const) {
        const answer = await send(cluster.subject, "POST", maps, body);
        expect(answer.status).toBe(422);
        expect(at(answer.body, "details", "causes", 0)).toMatchObject({ reason: "FieldValueTooLong", field });
      }
    },
  },
  {
    sentence: "finalizers hold a deleted object until the last is taken away",
    async show(cluster) {
      const path = `${collection(cluster, "configmaps")}/x`;
      await create(cluster, "configmaps", { metadata: { name: "x", finalizers: ["x.io/a", "x.io/b"] } });
      expect((await send(cluster.subject, "DELETE", path)).status).toBe(200);
      const held = await get(cluster, "configmaps", "x");
      expect(held.metadata.deletionTimestamp).toBeDefined();
      await mustSend(cluster.subject, "PATCH", path, { metadata: { finalizers: ["x.io/b"] } });
      const more = await send(cluster.subject, "PATCH", path, {
        metadata: { finalizers: ["x.io/b", "x.io/c"] },
      });
      expect(more.status).toBe(422);
      await mustSend(cluster.subject, "PATCH", path, { metadata: { finalizers: null } });
      expect((await send(cluster.subject, "GET", path)).status).toBe(404);
    },
  },
  {
    sentence: "a namespace is emptied before it goes, and takes nothing new meanwhile",
    async show(cluster) {
      const { subject, namespace } = cluster;
      await create(cluster, "configmaps", { metadata: { name: "held", finalizers: ["x.io/f"] } });
      await create(cluster, "configmaps", { metadata: { name: "free" } });
      const path = `/api/v1/namespaces/${namespace}`;
      await mustSend(subject, "DELETE", path);
      const look = () => send(subject, "GET", `${path}/configmaps/free`);
      await until(subject, "the emptying", async () => (await look()).status === 404 || undefined);
      const late = await send(subject, "POST", `${path}/configmaps`, { metadata: { name: "late" } });
      expect(late).toMatchObject({ status: 403, body: { reason: "Forbidden" } });
      expect(late.body.details?.causes?.[0]?.reason).toBe("NamespaceTerminating");
      expect(at(await mustSend(subject, "GET", path), "status", "phase")).toBe("Terminating");
      await mustSend(subject, "PATCH", `${path}/configmaps/held`, { metadata: { finalizers: null } });
      await until(
        subject,
        "its end",
        async () => (await send(subject, "GET", path)).status === 404 || undefined,
      );
    },
  },
  {
    sentence: "status is written by /status alone, and /status writes nothing else",
    async show(cluster) {
      const spec = { minAvailable: 1, selector: { matchLabels: { app: "nobody" } } };
      await create(cluster, "poddisruptionbudgets", { metadata: { name: "b" }, spec });
      const path = `${collection(cluster, "poddisruptionbudgets")}/b`;
      await until(
        cluster.subject,
        "its first look",
        async () =>
          at(await get(cluster, "poddisruptionbudgets", "b"), "status", "observedGeneration") === 1 ||
          undefined,
      );
      const both = { spec: { minAvailable: 2 }, status: { expectedPods: 77 } };
      const answer = await mustSend(cluster.subject, "PATCH", path, both);
      expect(answer.spec?.minAvailable).toBe(2);
      expect(at(answer.status, "expectedPods")).not.toBe(77);
      expect(answer.metadata.generation).toBe(2);
      const other = { spec: { minAvailable: 3 }, status: { expectedPods: 78 } };
      const status = await mustSend(cluster.subject, "PATCH", `${path}/status`, other);
      expect(status.spec?.minAvailable).toBe(2);
      expect(at(status.status, "expectedPods")).toBe(78);
      expect(status.metadata.generation).toBe(2);
    },
  },
  {
    sentence: "a strategic merge patch merges containers by name and taints by key",
    async show(cluster) {
      const template = {
        metadata: { labels: { app: "x" } },
        spec: {
          containers: [
            { name: "a", image: "i:1" },
            { name: "b", image: "i:1" },
          ],
        },
      };
      const spec = { replicas: 0, selector: { matchLabels: { app: "x" } }, template };
      await create(cluster, "deployments", { metadata: { name: "x" }, spec });
      const patch = { spec: { template: { spec: { containers: [{ name: "b", image: "i:2" }] } } } };
      const path = `${collection(cluster, "deployments")}/x`;
      const answer = await mustSend(cluster.subject, "PATCH", path, patch, strategicPatch);
      const containers = at(answer.spec, "template", "spec", "containers") as {
        name: string;
        image: string;
      }[];
      expect(containers.map(({ name, image }) => `${name} ${image}`).toSorted()).toEqual(["a i:1", "b i:2"]);
    },
  },
  {
    sentence: "a patch of an unknown type answers 415, a path without an object 404, a POST on an object 405",
    async show(cluster) {
      await create(cluster, "configmaps", { metadata: { name: "x" } });
      const path = `${collection(cluster, "configmaps")}/x`;
      const odd = { contentType: "application/json" };
      expect((await send(cluster.subject, "PATCH", path, {}, odd)).status).toBe(415);
      expect(await send(cluster.subject, "GET", `${path}y`)).toMatchObject({
        status: 404,
        body: { reason: "NotFound", message: 'configmaps "xy" not found', details: { name: "xy" } },
      });
      expect(await send(cluster.subject, "POST", path, {})).toMatchObject({
        status: 405,
        body: { reason: "MethodNotAllowed" },
      });
    },
  },
  {
    sentence: "the administrator may do what he asks about",
    async show({ subject, namespace }) {
      const resourceAttributes = { verb: "delete", resource: "pods", namespace };
      const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
      const answer = await send(subject, "POST", path, { spec: { resourceAttributes } });
      expect(answer).toMatchObject({ status: 201, body: { status: { allowed: true } } });
    },
  },
];
