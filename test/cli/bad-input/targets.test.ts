import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal, specOf } from "./a-command-line.ts";
import { aServedCluster, LOADING_MILLISECONDS, on, type ServedCluster } from "./a-served-cluster.ts";

let cluster: ServedCluster;
beforeAll(async () => {
  cluster = await aServedCluster();
  await on(cluster, "plan -f -");
}, LOADING_MILLISECONDS);
afterAll(() => cluster.close());

describe("a target that is not there exits 3 and says what is:", () => {
  test.each([
    [
      "a node",
      "{kind: Nodes, names: [ip-9]}",
      'there is no node "ip-9"',
      "See which nodes there are: kubectl get nodes",
      "E-NODE-UNKNOWN",
    ],
    [
      "a node by the first part of its name",
      "{kind: Nodes, names: [ip-10-0-42-75]}",
      'there is no node "ip-10-0-42-75"',
      "did you mean ip-10-0-42-75.eu-west-1.compute.internal?",
      "E-NODE-UNKNOWN",
    ],
    [
      "nodes by a selector",
      "{kind: Nodes, selector: type=some}",
      "no node matches selector type=some",
      "See which nodes there are: kubectl get nodes --show-labels",
      "E-NOTHING-MATCHES",
    ],
    [
      "pods by a selector",
      "{kind: Pods, namespaces: [default], selector: app=some}",
      "no pod matches selector app=some in namespace default",
      "See which pods there are: kubectl get pods -n default --show-labels",
      "E-NOTHING-MATCHES",
    ],
    [
      "pods of a namespace that does not exist",
      "{kind: Pods, namespaces: [some, more], selector: app=web}",
      "no pod matches selector app=web in namespaces some, more",
      "There are no pods at all there; see which namespaces have some: kubectl get pods -A --show-labels",
      "E-NOTHING-MATCHES",
    ],
    [
      "pods of what can be no namespace",
      "{kind: Pods, namespaces: ['a b'], selector: app=web}",
      "no pod matches selector app=web in namespace a b",
      "There are no pods at all there; see which namespaces have some: kubectl get pods -A --show-labels",
      "E-NOTHING-MATCHES",
    ],
    [
      "a role",
      "{kind: Nodes, role: worker}",
      'no node has the role "worker"',
      "Roles there are: control-plane, node.",
      "E-ROLE-UNKNOWN",
    ],
    [
      "a group",
      "{kind: Nodes, groups: [nodes-z]}",
      'no node is in a group "nodes-z"',
      "Groups there are: control-plane-a, nodes-a.",
      "E-GROUP-UNKNOWN",
    ],
  ])("%s", async (_, target, message, help, code) => {
    const answer = await on(cluster, "plan -f -", specOf(target));
    expect(answer).toEqual(refusal(3, message, `  ${help}`, `${code}. See: dextre explain ${code}`));
  });

  test("of a one-liner just so, and -y changes nothing about it", async () => {
    expect(await on(cluster, "drain --node ip-9 -y")).toEqual(
      refusal(
        3,
        'there is no node "ip-9"',
        "  See which nodes there are: kubectl get nodes",
        "E-NODE-UNKNOWN. See: dextre explain E-NODE-UNKNOWN",
      ),
    );
    expect(cluster.writes).toEqual([]);
  });
});

test("an instance in no group blocks: the whole plan is written, what blocks is on stderr, and it exits 3", async () => {
  const { groups } = cluster.world.fleet;
  const kept = [...groups];
  groups.clear();
  const answer = await on(cluster, "plan -f -");
  for (const [name, group] of kept) groups.set(name, group);
  const plan = JSON.parse(answer.stdout);
  expect(plan.content).toMatchObject({ applyable: false });
  const nodes: readonly string[] = plan.content.observed.nodes.map(({ name }: { name: string }) => name);
  expect(answer.exit).toBe(3);
  expect(answer.stderr.split("\n").slice(0, 2)).toEqual([
    `the plan has ${nodes.length} blockers and cannot be applied`,
    "E-PLAN-BLOCKED. See: dextre explain E-PLAN-BLOCKED",
  ]);
  for (const node of nodes) expect(answer.stderr).toContain(`Node ${node}: `);
  expect(answer.stderr).toMatch(
    /\n {2}to accept it: replace.mode: none\nB-NO-INSTANCE\. See: dextre explain B-NO-INSTANCE\n$/,
  );
});
