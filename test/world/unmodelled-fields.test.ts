import { expect, test } from "vitest";
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
