import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Headers, impersonate, readImpersonation } from "#world/http/impersonation.ts";
import type { Identity } from "#world/kubernetes/access-policy.ts";
import { smallWorld } from "../support.ts";
import { type OnLoopback, onLoopback, rawRequest } from "./support.ts";

let cluster: OnLoopback;
beforeAll(async () => {
  cluster = await onLoopback();
});
afterAll(() => cluster.close());

const pods = "/api/v1/namespaces/default/pods";

async function asked(path: string, headers: Record<string, string | string[]>, body?: unknown) {
  const answer = await rawRequest(cluster.served, path, {
    method: body === undefined ? "GET" : "POST",
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: JSON.parse(answer.body) };
}

describe("a request that impersonates", () => {
  test("may do nothing as somebody of whom nobody has heard", async () => {
    const { status, body } = await asked(pods, { "impersonate-user": "bob" });
    expect(status).toBe(403);
    expect(body.message).toBe(
      'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"',
    );
  });

  test("opens no watch either", async () => {
    const { status, body } = await asked(`${pods}?watch=True`, { "impersonate-user": "bob" });
    expect([status, body.message]).toEqual([403, expect.stringContaining('User "bob" cannot watch')]);
  });

  test("may do everything as system:masters; without a group of its own it has what rules give", async () => {
    const masters = { "impersonate-user": "bob", "impersonate-group": ["devs", "system:masters"] };
    expect((await asked(pods, masters)).status).toBe(200);
    expect((await asked(pods, { "impersonate-user": "dextre" })).status).toBe(403);
  });

  test("is told who it is and what it may do", async () => {
    const headers = {
      "impersonate-user": "bob",
      "impersonate-group": "devs",
      "impersonate-uid": "u1",
      "impersonate-extra-acme.com%2fproject": "one",
    };
    const who = await asked("/apis/authentication.k8s.io/v1/selfsubjectreviews", headers, {});
    expect(who.body.status.userInfo).toEqual({
      username: "bob",
      uid: "u1",
      groups: ["devs", "system:authenticated"],
      extra: { "acme.com/project": ["one"] },
    });
    const spec = { resourceAttributes: { verb: "delete", resource: "nodes" } };
    const review = await asked("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", headers, { spec });
    expect(review.body.status).toEqual({ allowed: false });
    const rules = { spec: { namespace: "default" } };
    const list = await asked("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", headers, rules);
    const own = list.body.status.resourceRules.flatMap(({ resources }: { resources: string[] }) => resources);
    expect(own).toEqual(["selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"]);
  });

  test("is bad without a user", async () => {
    const { status, body } = await asked(pods, { "impersonate-group": "devs" });
    expect([status, body.message]).toEqual([
      400,
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"devs"}, Extra:map[string][]string(nil)} without impersonating a user name',
    ]);
  });

  test("is refused where the caller has not said who it is", async () => {
    const headers = { "impersonate-user": "bob" };
    const { status, body } = await rawRequest(cluster.served, "/version", { token: null, headers });
    expect(status).toBe(403);
    expect(JSON.parse(body).message).toBe(
      'forbidden: User "system:anonymous" cannot impersonate-on:user-info:get path "/version"',
    );
  });
});

describe("who may impersonate whom", () => {
  const decide = (headers: Headers, rules: readonly { resources: string[]; resourceNames?: string[] }[]) => {
    const caller: Identity = { user: "carol" };
    const granted = rules.map((rule) => ({
      apiGroups: ["", "authentication.k8s.io"],
      verbs: ["impersonate"],
      ...rule,
    }));
    const world = smallWorld(1, { access: { grants: [{ users: ["carol"], rules: granted }] } });
    const impersonation = readImpersonation(headers);
    if (impersonation === undefined) return undefined;
    return impersonate(impersonation, {
      caller,
      cluster: world.cluster,
      request: { method: "GET", path: pods },
      isWatch: false,
    });
  };

  test("nobody without a rule, in the words of v1.36", () => {
    expect(decide({ "impersonate-user": ["bob"] }, [])).toMatchObject({
      answer: {
        status: 403,
        body: {
          message:
            'pods is forbidden: User "carol" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "default"',
        },
      },
    });
  });

  test("each group, uid and extra needs a rule of its own", () => {
    const users = { resources: ["users"], resourceNames: ["bob"] };
    const bob = { "impersonate-user": ["bob"] };
    const all = {
      ...bob,
      "impersonate-group": ["devs"],
      "impersonate-uid": ["u"],
      "impersonate-extra-x": ["y"],
    };
    expect(decide(bob, [users])?.kind).toBe("identity");
    expect(decide({ "impersonate-user": ["eve"] }, [users])?.kind).toBe("refused");
    const others = [{ resources: ["groups"] }, { resources: ["uids"] }, { resources: ["userextras/x"] }];
    expect(decide(all, [users, ...others])?.kind).toBe("identity");
    for (const left of others) {
      expect(decide(all, [users, ...others.filter((one) => one !== left)])?.kind).toBe("refused");
    }
  });

  test("a service account has its groups", () => {
    const headers = { "impersonate-user": ["system:serviceaccount:default:web"] };
    expect(decide(headers, [{ resources: ["serviceaccounts"] }])).toMatchObject({
      identity: {
        groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
      },
    });
  });
});
