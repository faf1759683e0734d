import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  nameOfRight,
  namesRight,
  type Right,
  type Role,
  shippedRights,
  splitRules,
} from "#test/builders/shipped-rights.ts";
import { callKubernetes } from "#test/rig/kubernetes-access.ts";
import { waitUntil } from "#test/rig/wait-until.ts";
import { readAudit } from "./harness/audit-log.ts";
import { listAsAdmin } from "./harness/cluster-truth.ts";
import { writesBy } from "./harness/judge-requests.ts";
import { aWorkplace, awaitAllReady, expectExit, type Workplace } from "./harness/roll.ts";
import { startTestRig, type TestRig } from "./harness/test-rig.ts";

let rig: TestRig;
let place: Workplace;
let spec: string;

beforeAll(async () => {
  rig = await startTestRig("minimal-role");
  place = aWorkplace(rig);
  await awaitAllReady(rig);
  const pods = await listAsAdmin(rig, "/api/v1/namespaces/default/pods?labelSelector=app%3Ddb");
  spec = join(place.folder, "drain.yaml");
  writeFileSync(
    spec,
    `apiVersion: dextre.dev/v1alpha1
kind: Upgrade
metadata: { name: minimal-role }
spec:
  targets: [{ kind: Nodes, names: [${pods[0]?.spec?.nodeName}] }]
  replace: { mode: none }
`,
  );
});

afterAll(async () => {
  place?.remove();
  await rig?.stop();
});

const pathOf = ({ kind, role, namespace }: Right): string => {
  const api = "/apis/rbac.authorization.k8s.io/v1";
  return kind === "Role" ? `${api}/namespaces/${namespace}/roles/${role}` : `${api}/clusterroles/${role}`;
};

async function writeRole(path: string, role: Role): Promise<void> {
  const answer = await callKubernetes(rig.admin, { method: "PUT", path, body: role });
  expect(answer.status).toBe(200);
}

/** The authorizer follows its own watch: what the role says holds a moment later. */
async function untilAllowed(right: Right, wanted: boolean): Promise<void> {
  const { verb, group, resource, subresource, namespace, object } = right;
  const resourceAttributes = {
    verb,
    group,
    resource,
    subresource,
    namespace: resource === "namespaces" ? object : namespace,
    name: object,
  };
  const review = {
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes },
    },
  } as const;
  await waitUntil({ what: nameOfRight(right), timeoutSeconds: 10, everyMilliseconds: 50 }, async () => {
    const { body } = await callKubernetes(rig.dextre, review);
    const { status } = body as { readonly status: { readonly allowed: boolean } };
    return status.allowed === wanted || undefined;
  });
}

/** Does the work while the user dextre lacks the right. */
async function without(right: Right, work: () => Promise<void>): Promise<void> {
  const path = pathOf(right);
  const { body } = await callKubernetes(rig.admin, { path });
  const { metadata, ...role } = body as Role;
  const { name, namespace } = metadata;
  const whole: Role = { ...role, metadata: namespace === undefined ? { name } : { name, namespace } };
  const resource = right.subresource === "" ? right.resource : `${right.resource}/${right.subresource}`;
  const rules = splitRules(whole.rules).filter(
    (rule) =>
      rule.verbs[0] !== right.verb || rule.resources[0] !== resource || rule.apiGroups[0] !== right.group,
  );
  await writeRole(path, { ...whole, rules });
  try {
    await untilAllowed(right, false);
    await work();
  } finally {
    await writeRole(path, whole);
    await untilAllowed(right, true);
  }
}

describe("without one right of deploy/rbac.yaml, plan or apply exits 3 and names it, and nothing was changed:", () => {
  it.each(shippedRights().map((right) => [nameOfRight(right), right] as const))(
    "%s",
    async (_name, right) => {
      const before = writesBy(await readAudit(rig), "dextre").length;
      await without(right, async () => {
        const planned = await place.dextre("plan", "-f", spec, "-o", "json").ended;
        if (planned.code === 0) {
          writeFileSync(place.planFile, planned.stdout);
          const applied = await place.dextre("apply", place.planFile).ended;
          expectExit(applied, 3);
          expect(applied.stderr).toMatch(namesRight(right));
        } else {
          expectExit(planned, 3);
          expect(planned.stderr).toMatch(namesRight(right));
        }
      });
      expect(writesBy(await readAudit(rig), "dextre")).toHaveLength(before);
      expect(place.hasRun()).toBe(false);
    },
  );
});

describe("with the whole role", () => {
  it("a run from plan to end is refused nothing and uses every right", async () => {
    const earlier = (await readAudit(rig)).length;
    await place.plan(spec);
    expectExit(await place.dextre("apply", place.planFile).ended, 0);
    const used = (await readAudit(rig)).slice(earlier).filter(({ user }) => user === "dextre");
    expect(used.filter(({ code }) => code === 401 || code === 403)).toEqual([]);
    const unused = shippedRights().filter(
      (right) =>
        !used.some(
          ({ verb, resource, subresource, namespace }) =>
            verb === right.verb &&
            resource === right.resource &&
            subresource === right.subresource &&
            (right.kind === "ClusterRole" || namespace === right.namespace),
        ),
    );
    expect(unused.map(nameOfRight)).toEqual([]);
  });
});
