import { expect, test } from "vitest";
import type { KubernetesRequest } from "#gateway/wire.ts";
import { Probe } from "./probe.ts";
import { smallWorld } from "./support.ts";

const template = (spec: object): object => ({ metadata: { labels: { app: "x" } }, spec });
const containers = [{ name: "c", image: "c:1" }];
const selector = { matchLabels: { app: "x" } };

function warningsOf(path: string, spec: object): readonly string[] {
  const body = { metadata: { name: "one" }, spec };
  const request = { method: "POST", path, body: JSON.parse(JSON.stringify(body)) } as const;
  const { world } = new Probe(smallWorld(3));
  const answer = world.handle(world.now, { kind: "kubernetes", request }, "probe");
  if (answer.kind !== "kubernetes") throw new Error("not a Kubernetes answer");
  expect(answer.answer.status).toBe(201);
  const warning = answer.answer.headers.warning ?? "";
  return [...warning.matchAll(/299 - "the embedded cluster does not act on ([^"]*)"/g)].map(
    ([, field = ""]) => field,
  );
}

const resourceClaims = [{ name: "gpu", resourceClaimName: "gpu" }];

test("a pod is warned of what nothing here acts on, and a workload of what its template says", () => {
  expect(warningsOf("/api/v1/namespaces/default/pods", { containers, resourceClaims })).toEqual([
    "spec.resourceClaims",
  ]);
  const set = { selector, serviceName: "x", template: template({ containers, resourceClaims }) };
  expect(warningsOf("/apis/apps/v1/namespaces/default/statefulsets", set)).toEqual([
    "spec.template.spec.resourceClaims",
  ]);
});

test("what is acted on is taken without a word", () => {
  const spec = { selector, template: template({ containers }) };
  expect(warningsOf("/apis/apps/v1/namespaces/default/deployments", spec)).toEqual([]);
});

test("a service is warned where its type asks for a port of the nodes or an address from outside", () => {
  const services = "/api/v1/namespaces/default/services";
  const ports = [{ port: 80 }];
  expect(warningsOf(services, { type: "LoadBalancer", ports })).toEqual([
    "spec.type LoadBalancer: no port or address comes",
  ]);
  expect(warningsOf(services, { ports })).toEqual([]);
});

test("taints that let go of pods and labels that refuse some are warned of when they are set, and not again", () => {
  const { world } = new Probe(smallWorld(3));
  const warned = (path: string, body: KubernetesRequest["body"]): string | undefined => {
    const contentType = "application/merge-patch+json";
    const request = { method: "PATCH", path, contentType, ...(body === undefined ? {} : { body }) } as const;
    const answer = world.handle(world.now, { kind: "kubernetes", request }, "probe");
    if (answer.kind !== "kubernetes") throw new Error("not a Kubernetes answer");
    expect(answer.answer.status).toBe(200);
    return answer.answer.headers.warning;
  };
  const node = `/api/v1/nodes/${world.list("nodes")[1]?.metadata.name}`;
  const taint = (key: string) => ({ spec: { taints: [{ key, effect: "NoSchedule" }] } });
  expect(warned(node, taint("mine"))).toBeUndefined();
  expect(warned(node, taint("node.kubernetes.io/out-of-service"))).toContain("stuck pods stay");
  expect(warned(node, { metadata: { labels: { a: "b" } } })).toBeUndefined();
  const namespace = "/api/v1/namespaces/default";
  const enforce = "pod-security.kubernetes.io/enforce";
  expect(warned(namespace, { metadata: { labels: { [enforce]: "restricted" } } })).toContain(enforce);
  expect(warned(namespace, { metadata: { annotations: { a: "b" } } })).toBeUndefined();
});
