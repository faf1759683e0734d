import { expect } from "vitest";
import { collection, create, get, jsonPatch, mustSend, send, until } from "./api.ts";
import { wrongUid } from "./eviction-cases.ts";
import type { ContractCase, Namespaced } from "./subject.ts";

const workers = { query: { labelSelector: "kops.k8s.io/instancegroup=nodes-a" } };

/** The path of a worker that other cases leave alone: the last one. */
async function aWorker({ subject }: Namespaced): Promise<string> {
  const { items = [] } = await mustSend(subject, "GET", "/api/v1/nodes", undefined, workers);
  return `/api/v1/nodes/${items.at(-1)?.metadata.name}`;
}

/** A Node that no instance stands behind. */
async function aNode({ subject, namespace }: Namespaced, spec: object = {}): Promise<string> {
  const body = { metadata: { name: `node-of-${namespace}` }, spec };
  const { metadata } = await mustSend(subject, "POST", "/api/v1/nodes", body);
  return `/api/v1/nodes/${metadata.name}`;
}

const cordons: readonly ContractCase[] = [
  {
    sentence: "a cordon guarded by version and UID is applied, marker and cordon in one write",
    async show(cluster) {
      const path = await aNode(cluster);
      const { metadata } = await mustSend(cluster.subject, "GET", path);
      let answer = await send(cluster.subject, "PATCH", path, {
        metadata: { uid: metadata.uid, annotations: { "dextre.dev/run": "r1" } },
        spec: { unschedulable: true },
      });
      expect(answer).toMatchObject({
        status: 200,
        body: { spec: { unschedulable: true }, metadata: { annotations: { "dextre.dev/run": "r1" } } },
      });
      // the controllers put taints on the node meanwhile
      answer = await until(cluster.subject, "a read that nobody overtakes", async () => {
        const { uid, resourceVersion } = (await mustSend(cluster.subject, "GET", path)).metadata;
        const next = await send(cluster.subject, "PATCH", path, {
          metadata: { uid, resourceVersion, annotations: { "dextre.dev/run": null } },
          spec: { unschedulable: null },
        });
        return next.status === 409 ? undefined : next;
      });
      expect(answer.status).toBe(200);
      expect(answer.body.spec?.unschedulable).toBeUndefined();
      expect(answer.body.metadata.annotations?.["dextre.dev/run"]).toBeUndefined();
      await mustSend(cluster.subject, "DELETE", path);
    },
  },
  {
    sentence: "a cordon with a stale version answers 409 and cordons nothing",
    async show(cluster) {
      const path = await aNode(cluster);
      const patch = { metadata: { resourceVersion: "1" }, spec: { unschedulable: true } };
      const answer = await send(cluster.subject, "PATCH", path, patch);
      expect(answer).toMatchObject({ status: 409, body: { reason: "Conflict" } });
      expect(answer.body.message).toContain("the object has been modified");
      expect((await mustSend(cluster.subject, "GET", path)).spec?.unschedulable).toBeUndefined();
      await mustSend(cluster.subject, "DELETE", path);
    },
  },
  {
    sentence: "a cordon with a wrong UID answers 422 and names the field",
    async show(cluster) {
      const path = await aNode(cluster);
      const patch = { metadata: { uid: wrongUid }, spec: { unschedulable: true } };
      const answer = await send(cluster.subject, "PATCH", path, patch);
      expect(answer).toMatchObject({ status: 422, body: { reason: "Invalid" } });
      const causes = answer.body.details?.causes?.map(({ field, reason }) => `${reason} ${field}`);
      // the real server looks at a Node's metadata twice, and says so twice
      expect([...new Set(causes)]).toEqual(["FieldValueInvalid metadata.uid"]);
      await mustSend(cluster.subject, "DELETE", path);
    },
  },
  {
    sentence: "a cordon by a JSON patch whose test fails answers 422 and cordons nothing",
    async show(cluster) {
      const path = await aNode(cluster);
      const cordon = { op: "add", path: "/spec/unschedulable", value: true };
      const wrong = [{ op: "test", path: "/metadata/uid", value: "x" }, cordon];
      expect((await send(cluster.subject, "PATCH", path, wrong, jsonPatch)).status).toBe(422);
      const answer = await send(cluster.subject, "PATCH", path, [cordon], jsonPatch);
      expect(answer).toMatchObject({ status: 200, body: { spec: { unschedulable: true } } });
      await mustSend(cluster.subject, "DELETE", path);
    },
  },
  {
    sentence: "a cordon becomes the taint unschedulable, and an uncordon takes it away",
    async show(cluster) {
      const path = await aNode(cluster);
      const taints = async () =>
        ((await mustSend(cluster.subject, "GET", path)).spec?.taints ?? []) as { readonly key: string }[];
      const isTainted = async () =>
        (await taints()).some(({ key }) => key === "node.kubernetes.io/unschedulable");
      await mustSend(cluster.subject, "PATCH", path, { spec: { unschedulable: true } });
      await until(cluster.subject, "the taint", async () => (await isTainted()) || undefined, 10);
      await mustSend(cluster.subject, "PATCH", path, { spec: { unschedulable: null } });
      await until(cluster.subject, "no taint", async () => !(await isTainted()) || undefined, 10);
      await mustSend(cluster.subject, "DELETE", path);
    },
  },
  {
    sentence: "the provider id of a node is immutable: 422",
    async show(cluster) {
      const path = await aWorker(cluster);
      const answer = await send(cluster.subject, "PATCH", path, { spec: { providerID: "aws:///a/i-other" } });
      expect(answer).toMatchObject({ status: 422, body: { reason: "Invalid" } });
      expect(answer.body.details?.causes?.map(({ field, reason }) => [field, reason])).toEqual([
        ["spec.providerID", "FieldValueForbidden"],
      ]);
    },
  },
  {
    sentence: "the deletion of a node with a wrong UID answers 409 and deletes nothing",
    async show(cluster) {
      const path = await aNode(cluster);
      const options = { kind: "DeleteOptions", apiVersion: "v1", preconditions: { uid: wrongUid } };
      const answer = await send(cluster.subject, "DELETE", path, options);
      expect(answer).toMatchObject({ status: 409, body: { reason: "Conflict" } });
      expect((await mustSend(cluster.subject, "DELETE", path)).status).toBe("Success");
      expect((await send(cluster.subject, "GET", path)).status).toBe(404);
    },
  },
  {
    sentence: "a node of the name of a deleted one has another UID and none of its cordon",
    async show(cluster) {
      const path = await aNode(cluster);
      const patch = { spec: { unschedulable: true } };
      const { uid } = (await mustSend(cluster.subject, "PATCH", path, patch)).metadata;
      await mustSend(cluster.subject, "DELETE", path);
      await aNode(cluster);
      const next = await mustSend(cluster.subject, "GET", path);
      expect(next.metadata.uid).not.toBe(uid);
      expect(next.spec?.unschedulable).toBeUndefined();
      await mustSend(cluster.subject, "DELETE", path);
    },
  },
];

const leases: readonly ContractCase[] = [
  {
    sentence: "a lease is taken by compare and set: of two who saw the same version one gets 409",
    async show(cluster) {
      const path = collection(cluster, "leases");
      const lease = await create(cluster, "leases", {
        metadata: { name: "x" },
        spec: { holderIdentity: "a" },
      });
      const next = (holderIdentity: string) => ({ ...lease, spec: { holderIdentity, leaseTransitions: 1 } });
      expect((await send(cluster.subject, "PUT", `${path}/x`, next("b"))).status).toBe(200);
      const late = await send(cluster.subject, "PUT", `${path}/x`, next("c"));
      expect(late).toMatchObject({ status: 409, body: { reason: "Conflict" } });
      expect((await get(cluster, "leases", "x")).spec?.holderIdentity).toBe("b");
    },
  },
  {
    sentence: "a lease that exists already answers 409 AlreadyExists",
    async show(cluster) {
      await create(cluster, "leases", { metadata: { name: "x" }, spec: { holderIdentity: "a" } });
      const body = { metadata: { name: "x" }, spec: { holderIdentity: "b" } };
      const answer = await send(cluster.subject, "POST", collection(cluster, "leases"), body);
      expect(answer).toMatchObject({
        status: 409,
        body: {
          reason: "AlreadyExists",
          message: 'leases.coordination.k8s.io "x" already exists',
          details: { name: "x", group: "coordination.k8s.io", kind: "leases" },
        },
      });
    },
  },
  {
    sentence: "a lease updated without a version answers 422",
    async show(cluster) {
      await create(cluster, "leases", { metadata: { name: "x" }, spec: { holderIdentity: "a" } });
      const body = {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "x", namespace: cluster.namespace },
        spec: { holderIdentity: "z" },
      };
      const answer = await send(cluster.subject, "PUT", `${collection(cluster, "leases")}/x`, body);
      expect(answer).toMatchObject({ status: 422, body: { reason: "Invalid" } });
      expect(answer.body.details?.causes?.map(({ field }) => field)).toEqual(["metadata.resourceVersion"]);
    },
  },
  {
    sentence: "a lease deleted with the version of its read is gone, with an older one stays",
    async show(cluster) {
      const path = `${collection(cluster, "leases")}/x`;
      const made = await create(cluster, "leases", {
        metadata: { name: "x" },
        spec: { holderIdentity: "a" },
      });
      const renewed = await mustSend(cluster.subject, "PATCH", path, { spec: { holderIdentity: "b" } });
      const at = (resourceVersion: string) => ({
        preconditions: { uid: made.metadata.uid, resourceVersion },
      });
      const early = await send(cluster.subject, "DELETE", path, at(made.metadata.resourceVersion));
      expect(early).toMatchObject({ status: 409, body: { reason: "Conflict" } });
      const answer = await send(cluster.subject, "DELETE", path, at(renewed.metadata.resourceVersion));
      expect(answer).toMatchObject({ status: 200, body: { status: "Success" } });
    },
  },
];

export const guardCases: readonly ContractCase[] = [...cordons, ...leases];
