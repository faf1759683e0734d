import { beforeEach, describe, expect, test } from "vitest";
import type { World } from "#world/world.ts";
import { Probe, type ProbeAnswer } from "./probe.ts";
import { smallWorld } from "./support.ts";

let world: World;
let probe: Probe;
const collection = "/apis/apps/v1/namespaces/default/deployments";
const path = `${collection}/shop`;

beforeEach(() => {
  world = smallWorld(4);
  probe = new Probe(world);
});

function apply(manager: string, spec: object, force = false): ProbeAnswer {
  const body = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "shop" }, spec };
  const query = { fieldManager: manager, force: String(force) };
  return probe.send("PATCH", path, body as never, { contentType: "application/apply-patch+yaml", query });
}

const labels = { app: "shop" };
const container = { name: "c", image: "shop:1", env: [{ name: "A", value: "1" }] };
const template = (...containers: readonly object[]) => ({ metadata: { labels }, spec: { containers } });
const whole = { replicas: 1, selector: { matchLabels: labels }, template: template(container) };

function spec() {
  return world.get("deployments", "default", "shop")?.spec;
}

describe("server-side apply", () => {
  test("creates what is not there, and writes nothing where nothing changes", () => {
    const created = apply("one", whole);
    expect(created.status).toBe(201);
    const again = apply("one", whole);
    expect(again.status).toBe(200);
    world.advance(world.now + 10_000);
    const version = probe.get(path).body.metadata.resourceVersion;
    expect(apply("one", whole).body.metadata.resourceVersion).toBe(version);
  });

  test("refuses to change what another manager owns, unless forced", () => {
    apply("one", whole);
    const answer = apply("two", { replicas: 3 });
    expect(answer).toMatchObject({
      status: 409,
      body: {
        reason: "Conflict",
        message: 'Apply failed with 1 conflict: conflict with "one": .spec.replicas',
        details: { causes: [{ reason: "FieldManagerConflict", field: ".spec.replicas" }] },
      },
    });
    expect(apply("two", { replicas: 3 }, true).status).toBe(200);
    expect(apply("one", whole).status).toBe(409);
  });

  test("takes away what a manager no longer says, but not what others say, too", () => {
    apply("one", whole);
    const bare = { name: "c", image: "shop:1" };
    apply("two", { template: template({ ...bare, env: [{ name: "B", value: "2" }] }) });
    expect(spec()?.template.spec.containers).toMatchObject([{ env: [{ name: "A" }, { name: "B" }] }]);
    apply("one", { selector: whole.selector, template: template(bare) });
    expect(spec()?.template.spec.containers).toMatchObject([{ name: "c", env: [{ name: "B" }] }]);
  });

  test("removes a whole item of a list that was the manager's alone", () => {
    apply("one", { ...whole, template: template(container, { name: "side", image: "side:1" }) });
    apply("one", whole);
    expect(spec()?.template.spec.containers.map(({ name }) => name)).toEqual(["c"]);
  });

  test("conflicts with what was changed by other writes since, and with what was there before the first apply", () => {
    apply("one", whole);
    probe.patch(path, { spec: { replicas: 2 } });
    expect(apply("one", whole).body.message).toContain('conflict with "unknown" using apps/v1');
    const web = path.replace("shop", "web");
    const body = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: { replicas: 1 },
    };
    const options = { contentType: "application/apply-patch+yaml", query: { fieldManager: "one" } };
    expect(probe.send("PATCH", web, body, options).body.message).toContain('"before-first-apply"');
  });

  test("conflicts on a node with whoever changed it, and for the rest with what was there before", () => {
    const name = world.list("nodes")[0]?.metadata.name ?? "";
    const node = `/api/v1/nodes/${name}`;
    probe.patch(node, { spec: { unschedulable: true } });
    const managers = world.get("nodes", undefined, name)?.metadata.managedFields;
    expect(managers).toMatchObject([
      { manager: "unknown", operation: "Update", fieldsV1: { "f:spec": { "f:unschedulable": {} } } },
    ]);
    const options = { contentType: "application/apply-patch+yaml", query: { fieldManager: "one" } };
    const conflictOf = (spec: object): string => {
      const body = { apiVersion: "v1", kind: "Node", metadata: { name }, spec };
      return probe.send("PATCH", node, body as never, options).body.message ?? "";
    };
    expect(conflictOf({ unschedulable: false })).toContain('"unknown" using v1: .spec.unschedulable');
    expect(conflictOf({ providerID: "aws:///other" })).toContain(
      '"before-first-apply" using v1: .spec.providerID',
    );
  });

  test("without a manager is refused", () => {
    const answer = probe.send("PATCH", path, {}, { contentType: "application/apply-patch+yaml" });
    expect(answer).toMatchObject({ status: 422, body: { details: { causes: [{ field: "fieldManager" }] } } });
  });
});

describe("kubectl, which applied from the client's side before", () => {
  const key = "kubectl.kubernetes.io/last-applied-configuration";
  const configuration = (image: string) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "shop" },
    spec: { ...whole, template: template({ ...container, image }) },
  });
  const asClient = (image: string) => {
    const config = configuration(image);
    const annotations = { [key]: `${JSON.stringify(config)}\n` };
    return { ...config, metadata: { ...config.metadata, annotations } };
  };
  const asServer = (image: string, manager = "kubectl"): ProbeAnswer =>
    apply(manager, configuration(image).spec);
  const lastApplied = (): unknown =>
    JSON.parse(world.get("deployments", "default", "shop")?.metadata.annotations?.[key] ?? "");

  beforeEach(() => {
    expect(probe.send("POST", collection, asClient("shop:1") as never).status).toBe(201);
  });

  test("takes its fields over without force, and goes on to say what it applied last", () => {
    expect(asServer("shop:2", "other").status).toBe(409);
    expect(asServer("shop:2").status).toBe(200);
    expect(spec()?.template.spec.containers[0]?.image).toBe("shop:2");
    expect(lastApplied()).toEqual(configuration("shop:2"));
  });

  test("is refused where somebody has changed the field since", () => {
    const change = { spec: { template: template({ ...container, image: "shop:9" }) } };
    probe.send("PATCH", path, change as never, { contentType: "application/strategic-merge-patch+json" });
    expect(asServer("shop:2")).toMatchObject({
      status: 409,
      body: { details: { causes: [{ field: '.spec.template.spec.containers[name="c"].image' }] } },
    });
  });
});
