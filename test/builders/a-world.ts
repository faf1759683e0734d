import type { Budget, Node, Pod, ScalingGroup, Workload } from "#model/objects.ts";
import { aBudget } from "./a-budget.ts";
import { aGroup } from "./a-group.ts";
import { aNode } from "./a-node.ts";
import { aPod } from "./a-pod.ts";
import { aDaemonSet, aDeployment, aReplicaSet, aStatefulSet } from "./a-workload.ts";

/** Lists for aSnapshot(). */
export interface SmallWorld {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly workloads: readonly Workload[];
  readonly budgets: readonly Budget[];
  readonly groups: readonly ScalingGroup[];
}

/** Three nodes in three zones and one group: web (3, budget), db (3), coredns (2), a DaemonSet. */
export function aSmallWorld(): SmallWorld {
  const nodes = ["a", "b", "c"].map((zone, index) =>
    aNode({ name: `node-${index + 1}`, zone: `eu-west-1${zone}` }),
  );
  const web = aDeployment();
  const webSet = aReplicaSet(web);
  const dns = aDeployment({ namespace: "kube-system", name: "coredns", replicas: 2 });
  const dnsSet = aReplicaSet(dns);
  const db = aStatefulSet();
  const agent = aDaemonSet();
  const pods = nodes.flatMap((node, index) => [
    onNode(node, webSet, `web-55d9-${index + 1}`, { app: "web" }),
    onNode(node, db, `db-${index}`, { app: "db" }),
    onNode(node, agent, `agent-${index + 1}`, { app: "agent" }),
    ...(index < 2 ? [onNode(node, dnsSet, `coredns-55d9-${index + 1}`, { app: "coredns" })] : []),
  ]);
  return {
    nodes,
    pods,
    workloads: [web, webSet, dns, dnsSet, db, agent],
    budgets: [aBudget()],
    groups: [aGroup({ nodes })],
  };
}

function onNode(node: Node, of: Workload, name: string, labels: Record<string, string>): Pod {
  return aPod({ of, name, nodeName: node.name, labels });
}
