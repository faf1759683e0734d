import { beforeEach, describe, expect, test } from "vitest";
import type { KubernetesRequest } from "#gateway/wire.ts";
import type { AccessPolicy, Identity } from "#world/kubernetes/access-policy.ts";
import type { World } from "#world/world.ts";
import type { Body } from "./probe.ts";
import { smallWorld } from "./support.ts";

const access: AccessPolicy = {
  identities: [{ token: "secret", user: "eve", groups: ["readers"] }],
  grants: [
    {
      groups: ["readers"],
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
    },
    {
      users: ["eve"],
      namespaces: ["default"],
      rules: [
        { apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["*"], resourceNames: ["web"] },
        { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
      ],
    },
  ],
};

let world: World;
let eve: Identity;

beforeEach(() => {
  world = smallWorld(2, { access });
  const known = world.identityOf("secret");
  if (known === undefined) throw new Error("the token is unknown");
  eve = known;
});

function send(request: KubernetesRequest, identity: Identity | undefined = eve) {
  const answer = world.handle(world.now, { kind: "kubernetes", request }, "test", identity);
  if (answer.kind !== "kubernetes") throw new Error("not a Kubernetes answer");
  return { status: answer.answer.status, body: answer.answer.body as Body };
}

describe("with rules", () => {
  test("a token is somebody's or nobody's", () => {
    expect(eve).toEqual({ user: "eve", groups: ["readers"] });
    expect(world.identityOf("other")).toBeUndefined();
  });

  test("what they allow is done, the rest is forbidden in RBAC's words", () => {
    expect(send({ method: "GET", path: "/api/v1/pods" }).status).toBe(200);
    expect(send({ method: "GET", path: "/api/v1/nodes" })).toMatchObject({
      status: 403,
      body: {
        reason: "Forbidden",
        message:
          'nodes is forbidden: User "eve" cannot list resource "nodes" in API group "" at the cluster scope',
      },
    });
    const pod = world.list("pods")[0]?.metadata;
    const path = `/api/v1/namespaces/${pod?.namespace}/pods/${pod?.name}`;
    expect(send({ method: "DELETE", path }).body.message).toBe(
      `pods "${pod?.name}" is forbidden: User "eve" cannot delete resource "pods" in API group "" in the namespace "${pod?.namespace}"`,
    );
  });

  test("subresources, names and namespaces count", () => {
    const scale = (name: string) =>
      send({ method: "GET", path: `/apis/apps/v1/namespaces/default/deployments/${name}/scale` }).status;
    expect(scale("web")).toBe(200);
    expect(scale("api")).toBe(403);
    const evict = (namespace: string) =>
      send({
        method: "POST",
        path: `/api/v1/namespaces/${namespace}/pods/nobody/eviction`,
        body: { metadata: { name: "nobody" } },
      }).status;
    expect(evict("default")).toBe(404);
    expect(evict("kube-system")).toBe(403);
  });

  test("a watch needs its own verb, and the masters need no rule", () => {
    const open = (path: string, identity: Identity) =>
      world.openWatch(world.now, { method: "GET", path, query: { watch: "true" } }, "test", identity).kind;
    expect(open("/api/v1/pods", eve)).toBe("open");
    expect(open("/api/v1/nodes", eve)).toBe("refused");
    expect(open("/api/v1/nodes", { user: "root", groups: ["system:masters"] })).toBe("open");
  });

  test("a program in the same process may do everything", () => {
    const answer = world.handle(world.now, {
      kind: "kubernetes",
      request: { method: "GET", path: "/api/v1/nodes" },
    });
    expect(answer).toMatchObject({ answer: { status: 200 } });
  });
});

describe("reviews answer by the same rules", () => {
  const review = (resource: string, body: object) =>
    send({ method: "POST", path: `/apis/${resource}`, body: { spec: body } } as KubernetesRequest).body
      .status;

  test("of one thing, of all, and of who asks", () => {
    const ask = (resourceAttributes: object) =>
      review("authorization.k8s.io/v1/selfsubjectaccessreviews", { resourceAttributes });
    expect(ask({ verb: "list", resource: "pods", group: "" })).toMatchObject({ allowed: true });
    expect(ask({ verb: "list", resource: "nodes", group: "" })).toEqual({ allowed: false });
    const rules = review("authorization.k8s.io/v1/selfsubjectrulesreviews", { namespace: "kube-system" });
    expect(rules).toMatchObject({
      // What everybody may is asked about, too.
      resourceRules: [
        { resources: ["pods"] },
        { resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"] },
        { resources: ["selfsubjectreviews"] },
      ],
      incomplete: false,
    });
    expect(review("authentication.k8s.io/v1/selfsubjectreviews", {})).toMatchObject({
      userInfo: { username: "eve" },
    });
  });
});
