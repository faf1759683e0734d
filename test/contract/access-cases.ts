import { expect } from "vitest";
import { type Answer, at, collection, create, mustSend, send, until } from "./api.ts";
import type { ContractCase, Namespaced, Subject } from "./subject.ts";

const ROOT = "/apis/rbac.authorization.k8s.io/v1";
const AUTHORIZATION = "/apis/authorization.k8s.io/v1";
const GROUP = "rbac.authorization.k8s.io";

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
}

const readsPods: Rule = { verbs: ["get", "list"], apiGroups: [""], resources: ["pods"] };

/** A service account without any right of its own. */
interface Robot {
  /** The cluster as its token sees it. */
  readonly subject: Subject;
  /** "system:serviceaccount:NAMESPACE:robot" */
  readonly user: string;
}

async function aRobot(cluster: Namespaced): Promise<Robot> {
  await create(cluster, "serviceaccounts", { metadata: { name: "robot" } });
  const request = { spec: { expirationSeconds: 3600 } };
  const path = `${collection(cluster, "serviceaccounts")}/robot/token`;
  const token = String(at(await mustSend(cluster.subject, "POST", path, request), "status", "token"));
  return {
    subject: { ...cluster.subject, kubernetes: cluster.subject.withToken(token) },
    user: `system:serviceaccount:${cluster.namespace}:robot`,
  };
}

/** Cluster roles are everybody's: their names begin with the namespace. */
const own = ({ namespace }: Namespaced, name: string): string => `${namespace}-${name}`;

const makeRole = (cluster: Namespaced, name: string, rules: readonly Rule[]) =>
  create(cluster, "roles", { metadata: { name }, rules });

const makeClusterRole = (cluster: Namespaced, name: string, rules: readonly Rule[], more: object = {}) =>
  mustSend(cluster.subject, "POST", `${ROOT}/clusterroles`, {
    metadata: { name: own(cluster, name), ...more },
    rules,
  });

const toRobot = ({ namespace }: Namespaced, kind: "Role" | "ClusterRole", role: string) => ({
  roleRef: { apiGroup: GROUP, kind, name: role },
  subjects: [{ kind: "ServiceAccount", name: "robot", namespace }],
});

const bind = (cluster: Namespaced, kind: "Role" | "ClusterRole", role: string) =>
  create(cluster, "rolebindings", { metadata: { name: role }, ...toRobot(cluster, kind, role) });

const bindInCluster = (cluster: Namespaced, role: string) =>
  mustSend(cluster.subject, "POST", `${ROOT}/clusterrolebindings`, {
    metadata: { name: role },
    ...toRobot(cluster, "ClusterRole", role),
  });

/** The rules are in force a moment after they are written. */
function answers(robot: Robot, status: number, path: string): Promise<Answer> {
  return until(robot.subject, `${status} for ${path}`, async () => {
    const answer = await send(robot.subject, "GET", path);
    return answer.status === status ? answer : undefined;
  });
}

const refusal = (robot: Robot, what: string): string => `User "${robot.user}" cannot ${what}`;

async function review(robot: Robot, attributes: Readonly<Record<string, string>>): Promise<unknown> {
  const body = { spec: { resourceAttributes: attributes } };
  return (await mustSend(robot.subject, "POST", `${AUTHORIZATION}/selfsubjectaccessreviews`, body)).status;
}

export const accessCases: readonly ContractCase[] = [
  {
    sentence: "who has no right is refused with 403, user, verb, resource, group and namespace",
    async show(cluster) {
      const robot = await aRobot(cluster);
      const listed = await send(robot.subject, "GET", collection(cluster, "pods"));
      expect(listed).toMatchObject({ status: 403, body: { reason: "Forbidden" } });
      expect(listed.body.message).toBe(
        `pods is forbidden: ${refusal(robot, `list resource "pods" in API group "" in the namespace "${cluster.namespace}"`)}`,
      );
      const eviction = { metadata: { name: "x", namespace: cluster.namespace } };
      const evicted = await send(
        robot.subject,
        "POST",
        `${collection(cluster, "pods")}/x/eviction`,
        eviction,
      );
      expect(evicted.body.message).toBe(
        `pods "x" is forbidden: ${refusal(robot, `create resource "pods/eviction" in API group "" in the namespace "${cluster.namespace}"`)}`,
      );
      const nodes = await send(robot.subject, "GET", "/api/v1/nodes");
      expect(nodes.body.message).toBe(
        `nodes is forbidden: ${refusal(robot, 'list resource "nodes" in API group "" at the cluster scope')}`,
      );
      const path = await send(robot.subject, "GET", "/metrics");
      expect(path).toMatchObject({ status: 403 });
      expect(path.body.message).toBe(`forbidden: ${refusal(robot, 'get path "/metrics"')}`);
    },
  },
  {
    sentence: "a token that is none answers 401",
    async show({ subject }) {
      const stranger = { ...subject, kubernetes: subject.withToken("no-token") };
      expect(await send(stranger, "GET", "/api/v1/nodes")).toMatchObject({
        status: 401,
        body: { kind: "Status", code: 401, reason: "Unauthorized", message: "Unauthorized" },
      });
    },
  },
  {
    sentence:
      "a Role that is bound counts in its namespace alone, for what it says alone, and no longer than it is",
    async show(cluster) {
      const robot = await aRobot(cluster);
      await makeRole(cluster, "reads", [readsPods]);
      await bind(cluster, "Role", "reads");
      const pods = collection(cluster, "pods");
      await answers(robot, 200, pods);
      expect((await send(robot.subject, "GET", "/api/v1/pods")).status).toBe(403);
      expect((await send(robot.subject, "GET", collection(cluster, "configmaps"))).status).toBe(403);
      expect((await send(robot.subject, "DELETE", `${pods}/x`)).status).toBe(403);
      await mustSend(cluster.subject, "DELETE", `${collection(cluster, "rolebindings")}/reads`);
      await answers(robot, 403, pods);
    },
  },
  {
    sentence: "a ClusterRole counts where it is bound: in a namespace, or everywhere",
    async show(cluster) {
      const robot = await aRobot(cluster);
      const role = own(cluster, "reads");
      await makeClusterRole(cluster, "reads", [readsPods]);
      await bind(cluster, "ClusterRole", role);
      await answers(robot, 200, collection(cluster, "pods"));
      expect((await send(robot.subject, "GET", "/api/v1/pods")).status).toBe(403);
      await bindInCluster(cluster, role);
      await answers(robot, 200, "/api/v1/pods");
      await mustSend(cluster.subject, "DELETE", `${ROOT}/clusterrolebindings/${role}`);
      await answers(robot, 403, "/api/v1/pods");
    },
  },
  {
    sentence: "a right on pods is none on their subresources, and one by name is none on the list",
    async show(cluster) {
      const robot = await aRobot(cluster);
      const all = { verbs: ["*"], apiGroups: [""], resources: ["pods"] };
      const one = { ...readsPods, resources: ["configmaps"], resourceNames: ["mine"] };
      await makeRole(cluster, "pods", [all, one]);
      await bind(cluster, "Role", "pods");
      await answers(robot, 200, collection(cluster, "pods"));
      const eviction = { metadata: { name: "x", namespace: cluster.namespace } };
      const path = `${collection(cluster, "pods")}/x/eviction`;
      expect((await send(robot.subject, "POST", path, eviction)).status).toBe(403);
      const maps = collection(cluster, "configmaps");
      expect((await send(robot.subject, "GET", `${maps}/mine`)).status).toBe(404);
      expect((await send(robot.subject, "GET", `${maps}/yours`)).status).toBe(403);
      expect((await send(robot.subject, "GET", maps)).status).toBe(403);
      const query = { fieldSelector: "metadata.name=mine" };
      expect((await send(robot.subject, "GET", maps, undefined, { query })).status).toBe(200);
    },
  },
  {
    sentence: "a binding to a role that is not there gives nothing, and the refusal names it",
    async show(cluster) {
      const robot = await aRobot(cluster);
      await bind(cluster, "Role", "nowhere");
      const pods = collection(cluster, "pods");
      const message = await until(cluster.subject, "a refusal that names the role", async () => {
        const { body } = await send(robot.subject, "GET", pods);
        return body.message?.includes("nowhere") ? body.message : undefined;
      });
      expect(message).toBe(
        `pods is forbidden: ${refusal(robot, `list resource "pods" in API group "" in the namespace "${cluster.namespace}"`)}: RBAC: role.rbac.authorization.k8s.io "nowhere" not found`,
      );
    },
  },
  {
    sentence: "an access review answers as the request would be, with the binding that allows it",
    async show(cluster) {
      const robot = await aRobot(cluster);
      const { namespace } = cluster;
      await makeRole(cluster, "reads", [readsPods]);
      await bind(cluster, "Role", "reads");
      await answers(robot, 200, collection(cluster, "pods"));
      expect(await review(robot, { verb: "list", resource: "pods", namespace })).toEqual({
        allowed: true,
        reason: `RBAC: allowed by RoleBinding "reads/${namespace}" of Role "reads" to ServiceAccount "robot/${namespace}"`,
      });
      expect(await review(robot, { verb: "delete", resource: "pods", namespace })).toEqual({
        allowed: false,
      });
      const subresource = { verb: "create", resource: "pods", subresource: "eviction", namespace };
      expect(await review(robot, subresource)).toEqual({ allowed: false });
      const rules = await mustSend(robot.subject, "POST", `${AUTHORIZATION}/selfsubjectrulesreviews`, {
        spec: { namespace },
      });
      expect(at(rules, "status", "resourceRules")).toContainEqual(readsPods);
      expect(at(rules, "status", "incomplete")).toBe(false);
    },
  },
  {
    sentence: "an aggregated ClusterRole has the rules of those that it selects",
    async show(cluster) {
      const robot = await aRobot(cluster);
      const labels = { [own(cluster, "part")]: "true" };
      const whole = own(cluster, "whole");
      await mustSend(cluster.subject, "POST", `${ROOT}/clusterroles`, {
        metadata: { name: whole },
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] },
        rules: [],
      });
      await bind(cluster, "ClusterRole", whole);
      await makeClusterRole(cluster, "part", [readsPods], { labels });
      await answers(robot, 200, collection(cluster, "pods"));
      const { rules } = (await mustSend(cluster.subject, "GET", `${ROOT}/clusterroles/${whole}`)) as {
        readonly rules?: unknown;
      };
      expect(rules).toEqual([readsPods]);
    },
  },
  {
    sentence: "nobody grants by a role or a binding what they do not hold, and what is missing is told",
    async show(cluster) {
      const robot = await aRobot(cluster);
      const { namespace } = cluster;
      const verbs = ["get", "create", "update", "patch", "delete"];
      const editor = { verbs, apiGroups: [GROUP], resources: ["roles", "rolebindings"] };
      await makeRole(cluster, "editor", [editor, readsPods]);
      await bind(cluster, "Role", "editor");
      await answers(robot, 200, collection(cluster, "pods"));
      const roles = collection(cluster, "roles");
      const more = { verbs: ["get", "delete"], apiGroups: [""], resources: ["pods"] };
      const who = `user "${robot.user}" (groups=["system:serviceaccounts" "system:serviceaccounts:${namespace}" "system:authenticated"])`;
      const lacking =
        'is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}';
      const made = await send(robot.subject, "POST", roles, { metadata: { name: "more" }, rules: [more] });
      expect(made).toMatchObject({ status: 403, body: { reason: "Forbidden" } });
      expect(made.body.message).toBe(`roles.${GROUP} "more" is forbidden: ${who} ${lacking}`);
      const same = { metadata: { name: "same" }, rules: [readsPods] };
      expect((await send(robot.subject, "POST", roles, same)).status).toBe(201);
      await makeRole(cluster, "more", [more]);
      const binding = { metadata: { name: "up" }, ...toRobot(cluster, "Role", "more") };
      const bound = await send(robot.subject, "POST", collection(cluster, "rolebindings"), binding);
      expect(bound).toMatchObject({ status: 403 });
      expect(bound.body.message).toBe(`rolebindings.${GROUP} "up" is forbidden: ${who} ${lacking}`);
    },
  },
  {
    sentence: "a role without verbs is invalid, and a binding is to one role for ever",
    async show(cluster) {
      const roles = collection(cluster, "roles");
      const empty = {
        metadata: { name: "empty" },
        rules: [{ verbs: [], apiGroups: [""], resources: ["pods"] }],
      };
      const made = await send(cluster.subject, "POST", roles, empty);
      expect(made).toMatchObject({ status: 422, body: { reason: "Invalid" } });
      expect(made.body.details?.causes?.map(({ field, message }) => [field, message])).toEqual([
        ["rules[0].verbs", "Required value: verbs must contain at least one value"],
      ]);
      await bind(cluster, "Role", "one");
      const path = `${collection(cluster, "rolebindings")}/one`;
      const other = { ...toRobot(cluster, "Role", "other"), metadata: { name: "one" } };
      const changed = await send(cluster.subject, "PUT", path, other);
      expect(changed).toMatchObject({ status: 422 });
      expect(changed.body.message).toMatch(/ is invalid: roleRef: Invalid value: .*: cannot change roleRef$/);
    },
  },
];
