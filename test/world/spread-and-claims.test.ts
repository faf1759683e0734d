import { describe, expect, test } from "vitest";
import type { Json } from "#gateway/wire.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { smallWorld } from "./support.ts";

const zone = "topology.kubernetes.io/zone";
const selector = { matchLabels: { app: "x" } };
const apps = "/apis/apps/v1/namespaces/default";

/** Three workers, one in each zone; a tainted control-plane node in the first. */
function emptyWorld(): { world: World; probe: Probe } {
  const world = smallWorld(2, { workloads: [] });
  return { world, probe: new Probe(world) };
}

function template(spec: object, image = "c:1"): object {
  return {
    metadata: { labels: selector.matchLabels },
    spec: { containers: [{ name: "c", image }], ...spec },
  };
}

function deploy(probe: Probe, replicas: number, spec: object): void {
  const body = { metadata: { name: "x" }, spec: { replicas, selector, template: template(spec) } } as Json;
  expect(probe.send("POST", `${apps}/deployments`, body).status).toBe(201);
  probe.world.advance(probe.world.now + 5000);
}

const spread = (more: object): object => ({
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: zone, whenUnsatisfiable: "DoNotSchedule", labelSelector: selector, ...more },
  ],
});

function waiting(world: World): readonly Pod[] {
  return world.list("pods").filter(({ spec }) => spec.nodeName === undefined);
}

describe("topology spread", () => {
  test("with fewer domains than minDomains the emptiest has none", () => {
    const { world, probe } = emptyWorld();
    deploy(probe, 5, spread({ minDomains: 4 }));
    expect(waiting(world)).toHaveLength(2);
    const other = emptyWorld();
    deploy(other.probe, 5, spread({ minDomains: 3 }));
    expect(waiting(other.world)).toEqual([]);
  });

  test("counts nodes by the policies that it says", () => {
    const inOneZone = { nodeSelector: { [zone]: "eu-west-1a" } };
    const honoured = emptyWorld();
    deploy(honoured.probe, 3, { ...spread({}), ...inOneZone });
    expect(waiting(honoured.world)).toEqual([]);
    const ignored = emptyWorld();
    deploy(ignored.probe, 3, { ...spread({ nodeAffinityPolicy: "Ignore" }), ...inOneZone });
    expect(waiting(ignored.world)).toHaveLength(2);
    const tainted = emptyWorld();
    const [node] = tainted.world
      .list("nodes")
      .filter(({ metadata }) => metadata.labels?.[zone] === "eu-west-1b");
    const taints = [{ key: "a", effect: "NoSchedule" }];
    tainted.probe.patch(`/api/v1/nodes/${node?.metadata.name}`, { spec: { taints } });
    deploy(tainted.probe, 4, spread({ nodeTaintsPolicy: "Honor" }));
    expect(waiting(tainted.world)).toEqual([]);
  });

  test("matchLabelKeys keep the pods of one template apart, and those of others out of it", () => {
    const { world, probe } = emptyWorld();
    deploy(probe, 3, spread({ matchLabelKeys: ["pod-template-hash"] }));
    const [pod] = world.list("pods");
    const hash = pod?.metadata.labels?.["pod-template-hash"];
    expect(pod?.spec.topologySpreadConstraints?.[0]?.labelSelector).toEqual({
      ...selector,
      matchExpressions: [{ key: "pod-template-hash", operator: "In", values: [hash] }],
    });
    const next = { spec: { template: { spec: { containers: [{ name: "c", image: "c:2" }] } } } };
    probe.patch(`${apps}/deployments/x`, next);
    world.advance(world.now + 60_000);
    const ours = world.list("pods").filter(({ metadata }) => metadata.labels?.app === "x");
    const nodes = ours.map(({ spec }) => spec.nodeName);
    expect([nodes.length, new Set(nodes).size]).toEqual([3, 3]);
  });

  test("what is wrong with it is told", () => {
    const { probe } = emptyWorld();
    const wrong = spread({ minDomains: 0, whenUnsatisfiable: "ScheduleAnyway", nodeTaintsPolicy: "Maybe" });
    const body = { metadata: { name: "x" }, spec: { selector, template: template(wrong) } } as Json;
    const { details } = probe.send("POST", `${apps}/deployments`, body).body;
    const path = "spec.template.spec.topologySpreadConstraints[0]";
    expect(details?.causes?.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      `${path}.minDomains: Invalid value: 0: must be greater than zero`,
      `${path}.minDomains: Invalid value: 0: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway`,
      `${path}.nodeTaintsPolicy: Unsupported value: "Maybe": supported values: "Honor", "Ignore"`,
    ]);
  });
});

describe("affinities that look beyond their namespace", () => {
  const term = { topologyKey: "kubernetes.io/hostname", labelSelector: selector };
  const required = (more: object): object => ({
    requiredDuringSchedulingIgnoredDuringExecution: [{ ...term, ...more }],
  });

  function place(probe: Probe, namespace: string, name: string, spec: object): string | undefined {
    const body = {
      metadata: { name, labels: selector.matchLabels },
      spec: { containers: [{ name: "c", image: "c:1" }], ...spec },
    };
    expect(probe.send("POST", `/api/v1/namespaces/${namespace}/pods`, body as Json).status).toBe(201);
    probe.world.advance(probe.world.now + 2000);
    return probe.world.get("pods", namespace, name)?.spec.nodeName;
  }

  function withTeams(): Probe {
    const { probe } = emptyWorld();
    for (const name of ["a", "b"]) {
      probe.send("POST", "/api/v1/namespaces", { metadata: { name, labels: { team: name } } });
    }
    return probe;
  }

  test("keep away from pods of the namespaces that they select, and keep those away", () => {
    const namespaceSelector = { matchLabels: { team: "b" } };
    const apart = { affinity: { podAntiAffinity: required({ namespaceSelector }) } };
    const onEveryNode = (probe: Probe, namespace: string, spec: object): void => {
      for (const [index, node] of probe.world.list("nodes").entries()) {
        const nodeSelector = { "kubernetes.io/hostname": node.metadata.name };
        place(probe, namespace, `pod-${index}`, { ...spec, nodeSelector });
      }
    };
    const why = (probe: Probe, namespace: string, name: string): string | undefined =>
      probe.world.get("pods", namespace, name)?.status.conditions?.find(({ type }) => type === "PodScheduled")
        ?.message;
    const first = withTeams();
    onEveryNode(first, "a", apart);
    expect(place(first, "b", "late", {})).toBeUndefined();
    expect(why(first, "b", "late")).toContain("3 node(s) didn't satisfy existing pods anti-affinity rules");
    expect(place(first, "default", "other", {})).toBeDefined();
    const second = withTeams();
    onEveryNode(second, "b", {});
    expect(place(second, "a", "late", apart)).toBeUndefined();
    expect(why(second, "a", "late")).toContain("3 node(s) didn't match pod anti-affinity rules");
  });

  test("go where the pods of any namespace are, where everything is selected", () => {
    const probe = withTeams();
    const first = place(probe, "b", "first", {});
    const beside = { affinity: { podAffinity: required({ namespaceSelector: {} }) } };
    expect(place(probe, "a", "second", beside)).toBe(first);
    const near = { affinity: { podAffinity: required({}) } };
    const { probe: fresh } = emptyWorld();
    fresh.send("POST", "/api/v1/namespaces", { metadata: { name: "b" } });
    place(fresh, "b", "first", {});
    expect(place(fresh, "default", "own", near)).toBeDefined();
  });
});

describe("claims of a StatefulSet", () => {
  const claims = (world: World): readonly string[] =>
    world.list("persistentvolumeclaims").map(({ metadata }) => metadata.name);

  function stateful(persistentVolumeClaimRetentionPolicy: object): { world: World; probe: Probe } {
    const stage = emptyWorld();
    const volumeClaimTemplates = [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    ];
    const spec = { replicas: 2, serviceName: "x", selector, template: template({}), volumeClaimTemplates };
    const body = { metadata: { name: "x" }, spec: { ...spec, persistentVolumeClaimRetentionPolicy } } as Json;
    expect(stage.probe.send("POST", `${apps}/statefulsets`, body).status).toBe(201);
    stage.world.advance(stage.world.now + 10_000);
    expect(claims(stage.world)).toEqual(["data-x-0", "data-x-1"]);
    return stage;
  }

  const scaleDown = ({ world, probe }: { world: World; probe: Probe }): void => {
    probe.patch(`${apps}/statefulsets/x`, { spec: { replicas: 1 } });
    world.advance(world.now + 40_000);
  };

  test("stay with nothing said, and where their pod is only made anew", () => {
    const stage = stateful({});
    scaleDown(stage);
    stage.probe.send("DELETE", `${apps}/statefulsets/x`);
    stage.world.advance(stage.world.now + 40_000);
    expect(claims(stage.world)).toEqual(["data-x-0", "data-x-1"]);
    const deleting = stateful({ whenScaled: "Delete", whenDeleted: "Delete" });
    const before = deleting.world.get("persistentvolumeclaims", "default", "data-x-1")?.metadata.uid;
    deleting.probe.send("DELETE", "/api/v1/namespaces/default/pods/x-1");
    deleting.world.advance(deleting.world.now + 40_000);
    expect(deleting.world.get("pods", "default", "x-1")?.status.phase).toBe("Running");
    expect(deleting.world.get("persistentvolumeclaims", "default", "data-x-1")?.metadata.uid).toBe(before);
  });

  test("are what containers may mount by their template's name, and by no other", () => {
    const mounting = (name: string): object => ({
      metadata: { name: "y" },
      spec: {
        serviceName: "y",
        selector,
        template: template({
          containers: [{ name: "c", image: "c:1", volumeMounts: [{ name, mountPath: "/data" }] }],
        }),
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        ],
      },
    });
    const { probe } = emptyWorld();
    const refused = probe.send("POST", `${apps}/statefulsets`, mounting("other") as Json);
    expect(refused.body.details?.causes).toMatchObject([
      { field: "spec.template.spec.containers[0].volumeMounts[0].name", message: 'Not found: "other"' },
    ]);
    expect(probe.send("POST", `${apps}/statefulsets`, mounting("data") as Json).status).toBe(201);
    expect(probe.patch(`${apps}/statefulsets/y`, { spec: { replicas: 2 } }).status).toBe(200);
  });

  test("go with a pod that is surplus", () => {
    const stage = stateful({ whenScaled: "Delete" });
    scaleDown(stage);
    expect(claims(stage.world)).toEqual(["data-x-0"]);
    stage.probe.send("DELETE", `${apps}/statefulsets/x`);
    stage.world.advance(stage.world.now + 40_000);
    expect(claims(stage.world)).toEqual(["data-x-0"]);
  });

  test("go with their set, which owns them; or no more, once that is said", () => {
    const stage = stateful({ whenDeleted: "Delete" });
    const claim = stage.world.get("persistentvolumeclaims", "default", "data-x-0");
    expect(claim?.metadata.ownerReferences).toMatchObject([
      { kind: "StatefulSet", name: "x", controller: true },
    ]);
    stage.probe.send("DELETE", `${apps}/statefulsets/x`);
    stage.world.advance(stage.world.now + 40_000);
    expect(claims(stage.world)).toEqual([]);
    const kept = stateful({ whenDeleted: "Delete" });
    const policy = { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" } };
    expect(kept.probe.patch(`${apps}/statefulsets/x`, { spec: policy }).status).toBe(200);
    kept.world.advance(kept.world.now + 1000);
    expect(
      kept.world.get("persistentvolumeclaims", "default", "data-x-0")?.metadata.ownerReferences,
    ).toBeUndefined();
  });
});

test("maxUnavailable of a StatefulSet is dropped, as where its feature is off", () => {
  const { probe } = emptyWorld();
  const updateStrategy = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 2 } };
  const spec = { serviceName: "x", selector, template: template({}), updateStrategy };
  const { body } = probe.send("POST", `${apps}/statefulsets`, { metadata: { name: "x" }, spec } as Json);
  expect(body.spec).toMatchObject({
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
  });
  expect(JSON.stringify(body.spec)).not.toContain("maxUnavailable");
});
