import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import type { KubernetesMethod, KubernetesRequest } from "#gateway/wire.ts";
import type { Identity } from "#world/kubernetes/access-policy.ts";
import type { World } from "#world/world.ts";
import type { Body } from "./probe.ts";
import { smallWorld } from "./support.ts";

let world: World;
beforeEach(() => {
  world = smallWorld();
});

const root = "/apis/rbac.authorization.k8s.io/v1";
const master: Identity = { user: "root", groups: ["system:masters"] };
const bob: Identity = { user: "bob", groups: ["devs"] };

type Sent = KubernetesRequest["body"];

function as(identity: Identity, method: KubernetesMethod, path: string, body?: Sent, contentType?: string) {
  const request = {
    method,
    path,
    ...(body === undefined ? {} : { body }),
    ...(contentType === undefined ? {} : { contentType }),
  };
  const answer = world.handle(world.now, { kind: "kubernetes", request }, "test", identity);
  if (answer.kind !== "kubernetes") throw new Error("not a Kubernetes answer");
  return { status: answer.answer.status, body: answer.answer.body as Body };
}

type Rule = {
  readonly verbs: string[];
  readonly apiGroups?: string[];
  readonly resources?: string[];
  readonly resourceNames?: string[];
  readonly nonResourceURLs?: string[];
};

const put = (path: string, body: Sent, identity = master) => as(identity, "POST", `${root}/${path}`, body);
const clusterRole = (name: string, ...rules: Rule[]) => ({ metadata: { name }, rules }) as Sent;
const binding = (name: string, kind: string, role: string, ...subjects: object[]) =>
  ({ metadata: { name }, roleRef: { kind, name: role }, subjects }) as Sent;
const user = (name: string) => ({ kind: "User", name });
const pods: Rule = { verbs: ["get", "list"], apiGroups: [""], resources: ["pods"] };

function isAllowed(identity: Identity, verb: string, resource: string, namespace = ""): unknown {
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const spec = { resourceAttributes: { verb, resource, namespace } };
  return as(identity, "POST", path, { spec }).body.status;
}

describe("stored roles and bindings decide", () => {
  test("in the whole cluster, in a namespace, and not before they are there", () => {
    expect(as(bob, "GET", "/api/v1/pods").status).toBe(403);
    expect(put("clusterroles", clusterRole("reads", pods)).status).toBe(201);
    put("namespaces/default/rolebindings", binding("reads", "ClusterRole", "reads", user("bob")));
    expect(as(bob, "GET", "/api/v1/namespaces/default/pods").status).toBe(200);
    expect(as(bob, "GET", "/api/v1/pods").status).toBe(403);
    put("clusterrolebindings", binding("reads", "ClusterRole", "reads", { kind: "Group", name: "devs" }));
    expect(as(bob, "GET", "/api/v1/pods").status).toBe(200);
    expect(isAllowed(bob, "list", "pods")).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by ClusterRoleBinding "reads" of ClusterRole "reads" to Group "devs"',
    });
    as(master, "DELETE", `${root}/clusterroles/reads`);
    expect(as(bob, "GET", "/api/v1/namespaces/default/pods").body.message).toBe(
      'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default": RBAC: clusterrole.rbac.authorization.k8s.io "reads" not found',
    );
  });

  test("for a service account by its namespace, which a RoleBinding need not say", () => {
    put("namespaces/default/roles", { ...(clusterRole("reads", pods) as object) });
    const account = { kind: "ServiceAccount", name: "robot" };
    put("namespaces/default/rolebindings", binding("robot", "Role", "reads", account));
    const robot = { user: "system:serviceaccount:default:robot", groups: ["system:serviceaccounts"] };
    expect(isAllowed(robot, "list", "pods", "default")).toMatchObject({
      reason:
        'RBAC: allowed by RoleBinding "robot/default" of Role "reads" to ServiceAccount "robot/default"',
    });
    expect(
      isAllowed({ ...robot, user: "system:serviceaccount:other:robot" }, "list", "pods", "default"),
    ).toEqual({
      allowed: false,
    });
  });

  test("for the token of a service account, while it holds and the account is there", () => {
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    const ask = (body: Sent) => as(master, "POST", `${accounts}/robot/token`, body);
    expect(ask({}).status).toBe(404);
    as(master, "POST", accounts, { metadata: { name: "robot" } });
    expect(ask({ spec: { expirationSeconds: 60 } }).body.message).toBe(
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
    );
    const answer = ask({ spec: { expirationSeconds: 600 } });
    expect(answer).toMatchObject({ status: 201, body: { spec: { expirationSeconds: 600 } } });
    const { token } = answer.body.status as { token: string };
    const robot = world.identityOf(token);
    expect(robot).toMatchObject({
      user: "system:serviceaccount:default:robot",
      groups: ["system:serviceaccounts", "system:serviceaccounts:default"],
    });
    world.advance(world.now + 600_000);
    expect(world.identityOf(token)).toBeUndefined();
    const bound = { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } } };
    expect(ask(bound).body.message).toBe("the embedded cluster does not bind tokens to a Pod");
    const later = (ask({}).body.status as { token: string }).token;
    expect(world.identityOf(later)).toEqual(robot);
    as(master, "DELETE", `${accounts}/robot`);
    expect(world.identityOf(later)).toBeUndefined();
  });

  test("of paths and of resources that nobody serves, too", () => {
    expect(as(bob, "GET", "/version").status).toBe(200);
    expect(as(bob, "GET", "/metrics").body.message).toBe('forbidden: User "bob" cannot get path "/metrics"');
    put("clusterroles", clusterRole("looks", { verbs: ["get"], nonResourceURLs: ["/metr*"] }));
    put("clusterrolebindings", binding("looks", "ClusterRole", "looks", user("bob")));
    expect(as(bob, "GET", "/metrics").status).toBe(404);
    expect(as(bob, "GET", "/apis/acme.com/v1/namespaces/default/lamps").body.message).toBe(
      'lamps.acme.com is forbidden: User "bob" cannot list resource "lamps" in API group "acme.com" in the namespace "default"',
    );
  });

  test("an aggregated role has the rules of those that it selects", () => {
    put("clusterrolebindings", binding("bob", "ClusterRole", "admin", user("bob")));
    expect(as(bob, "GET", "/api/v1/namespaces/default/secrets").status).toBe(200);
    expect(isAllowed(bob, "list", "nodes")).toMatchObject({ allowed: false });
    const labels = { "rbac.authorization.k8s.io/aggregate-to-view": "true" };
    const rule = { verbs: ["list"], apiGroups: [""], resources: ["nodes"] };
    put("clusterroles", { metadata: { name: "nodes-for-viewers", labels }, rules: [rule] });
    world.advance(world.now + 1000);
    expect(isAllowed(bob, "list", "nodes")).toMatchObject({ allowed: true });
  });

  test("the rights that dextre ships are enough for what they are for, and for no more", () => {
    const dextre = { user: "dextre" };
    const text = readFileSync(new URL("../../deploy/rbac.yaml", import.meta.url), "utf8");
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS();
      const { kind, metadata } = object;
      const path =
        kind === "Namespace"
          ? "/api/v1/namespaces"
          : `${root}/${metadata.namespace === undefined ? "" : `namespaces/${metadata.namespace}/`}${kind.toLowerCase()}s`;
      expect(as(master, "POST", path, object).status).toBe(201);
    }
    expect(isAllowed(dextre, "list", "nodes")).toMatchObject({ allowed: true });
    expect(isAllowed(dextre, "delete", "nodes")).toEqual({ allowed: false });
  });
});

describe("nobody gives away what they do not have", () => {
  const editor: Rule = {
    verbs: ["*"],
    apiGroups: ["rbac.authorization.k8s.io"],
    resources: ["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
  };
  beforeEach(() => {
    // Every verb would be escalate and bind, too.
    const verbs = ["get", "create", "update", "patch", "delete"];
    put("clusterroles", clusterRole("editor", { ...editor, verbs }, pods));
    put("clusterrolebindings", binding("editor", "ClusterRole", "editor", user("bob")));
  });

  test("by a role: what is missing is told, verbs of one resource together", () => {
    const rules = [{ verbs: ["get", "delete", "watch"], apiGroups: [""], resources: ["pods", "nodes"] }];
    const answer = put("clusterroles", { metadata: { name: "more" }, rules }, bob);
    expect(answer.status).toBe(403);
    expect(answer.body.message).toBe(
      'clusterroles.rbac.authorization.k8s.io "more" is forbidden: user "bob" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["nodes"], Verbs:["get" "delete" "watch"]}\n' +
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete" "watch"]}',
    );
    expect(put("clusterroles", clusterRole("same", pods), bob).status).toBe(201);
    const grown = { metadata: { name: "same" }, rules } as Sent;
    expect(as(bob, "PUT", `${root}/clusterroles/same`, grown).status).toBe(403);
    const labelled = { metadata: { labels: { a: "b" } } };
    const merge = "application/merge-patch+json";
    expect(as(bob, "PATCH", `${root}/clusterroles/same`, labelled, merge).status).toBe(200);
  });

  test("by a binding, unless they may bind the role; the role has to be there", () => {
    const toAdmin = binding("up", "ClusterRole", "cluster-admin", user("bob"));
    expect(put("clusterrolebindings", toAdmin, bob).body.message).toContain(
      'currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}',
    );
    const toNone = binding("none", "ClusterRole", "nobody", user("bob"));
    expect(put("clusterrolebindings", toNone, bob).body.message).toBe(
      'clusterrolebindings.rbac.authorization.k8s.io "nobody" not found',
    );
    expect(put("clusterrolebindings", toNone).status).toBe(201);
    expect(put("clusterroles", clusterRole("x", { ...pods, verbs: ["watch"] }), bob).body.message).toMatch(
      /; resolution errors: \[clusterroles.rbac.authorization.k8s.io "nobody" not found\]$/,
    );
    const rule = {
      ...editor,
      resources: ["clusterroles"],
      verbs: ["bind"],
      resourceNames: ["cluster-admin"],
    };
    put("clusterroles", clusterRole("binds", rule));
    put("clusterrolebindings", binding("binds", "ClusterRole", "binds", user("bob")));
    expect(put("clusterrolebindings", toAdmin, bob).status).toBe(201);
  });

  test("by selecting roles, short of everything", () => {
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] };
    const answer = put("clusterroles", { metadata: { name: "all" }, aggregationRule, rules: [] }, bob);
    expect(answer.body.message).toBe(
      'clusterroles.rbac.authorization.k8s.io "all" is forbidden: must have cluster-admin privileges to use the aggregationRule',
    );
  });
});

describe("what is wrong with roles and bindings", () => {
  const messages = (path: string, body: Sent) => {
    const { status, body: answer } = put(path, body);
    return [status, ...(answer.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`)];
  };

  test("rules without verbs, groups or resources; paths in a namespace", () => {
    expect(messages("namespaces/default/roles", clusterRole("a/b", { verbs: [] }))).toEqual([
      422,
      `metadata.name: Invalid value: "a/b": may not contain '/'`,
      "rules[0].verbs: Required value: verbs must contain at least one value",
      "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
      "rules[0].resources: Required value: resource rules must supply at least one resource",
    ]);
    const path = { verbs: ["get"], nonResourceURLs: ["/a"] };
    expect(messages("namespaces/default/roles", clusterRole("paths", path))).toEqual([
      422,
      'rules[0].nonResourceURLs: Invalid value: ["/a"]: namespaced rules cannot apply to non-resource URLs',
    ]);
    expect(messages("clusterroles", clusterRole("system:paths", path))).toEqual([201]);
  });

  test("subjects and roles of unknown kinds", () => {
    const body = binding("x", "Role", "", { kind: "Lamp", name: "y" }, { kind: "ServiceAccount", name: "z" });
    expect(messages("clusterrolebindings", body)).toEqual([
      422,
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      "roleRef.name: Required value",
      'subjects[0].kind: Unsupported value: "Lamp": supported values: "ServiceAccount", "User", "Group"',
      "subjects[1].namespace: Required value",
    ]);
  });

  test("a binding is to one role for ever", () => {
    put("clusterrolebindings", binding("x", "ClusterRole", "view", user("bob")));
    const next = binding("x", "ClusterRole", "edit", user("bob"));
    const answer = as(master, "PUT", `${root}/clusterrolebindings/x`, next);
    expect([answer.status, answer.body.message]).toEqual([
      422,
      'ClusterRoleBinding.rbac.authorization.k8s.io "x" is invalid: roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"ClusterRole","Name":"edit"}: cannot change roleRef',
    ]);
  });
});
