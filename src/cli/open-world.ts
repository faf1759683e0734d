import { randomBytes } from "node:crypto";
import type { Clock, ClusterPort, Host, LeasePort, RunStore, ScalingPort } from "#gateway/ports.ts";
import type { KubernetesWire } from "#gateway/wire.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { Plan } from "#model/plan.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { Spec } from "#model/spec.ts";
import { instanceIdOf, zoneOf } from "#rules/instance-id.ts";
import { fail } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/** A cluster, opened: what commands hand to planner and executor. */
export interface World {
  readonly cluster: ClusterPort;
  readonly leases: LeasePort;
  readonly clock: Clock;
  readonly host: Host;
  readonly contextName: string;
  readonly random: () => number;
}

export interface ClusterChoice {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** Opens the cluster that the kubeconfig and the flags point at. Sends nothing yet. @throws KubeconfigError */
export async function openWorld(choice: ClusterChoice, terminal: Terminal): Promise<World> {
  const [{ openKubernetesWire }, { systemClock }, { systemHost }] = await Promise.all([
    import("#gateway/transport/open-kubernetes.ts"),
    import("#gateway/local/system-clock.ts"),
    import("#gateway/local/system-host.ts"),
  ]);
  const opened = openKubernetesWire({
    kubeconfig: choice.kubeconfig,
    context: choice.context,
    environment: terminal.environment,
  });
  return worldOn(opened.wire, { ...opened, clock: systemClock, host: systemHost, random: Math.random });
}

/** The same ports on any wire: an embedded cluster's comes in here. */
export async function worldOn(
  wire: KubernetesWire,
  identity: {
    readonly server: string;
    readonly caFingerprint: string;
    readonly contextName: string;
    readonly clock: Clock;
    readonly host: Host;
    readonly random: () => number;
  },
): Promise<World> {
  const [{ createCluster }, { createLeases }] = await Promise.all([
    import("#gateway/kubernetes/cluster.ts"),
    import("#gateway/kubernetes/leases.ts"),
  ]);
  const { clock, random, server, caFingerprint, host, contextName } = identity;
  const caller = { wire, clock, random, place: `context "${contextName}" at ${server}` };
  return {
    cluster: createCluster({ ...caller, server, caFingerprint }),
    leases: createLeases(caller),
    clock,
    host,
    contextName,
    random,
  };
}

/** The groups' port in a region. Sends nothing yet. */
export async function openScaling(world: World, region: string): Promise<ScalingPort> {
  const [{ openAwsWire }, { createScaling }] = await Promise.all([
    import("#gateway/transport/open-aws.ts"),
    import("#gateway/aws/scaling.ts"),
  ]);
  const { clock, random } = world;
  return createScaling({ wire: openAwsWire({ region }), clock, random, place: `AWS in region ${region}` });
}

/** For a plan: null where it terminates nothing. A region that contradicts the plan's is refused. */
export async function openScalingOf(
  plan: Plan,
  asked: string | undefined,
  world: World,
): Promise<ScalingPort | null> {
  const { aws } = plan.content.cluster;
  if (aws === null) return null;
  if (asked !== undefined && asked !== aws.region) {
    fail(
      EXIT.refused,
      "E-PLAN-OTHER-ACCOUNT",
      `the plan is for region ${aws.region}, --aws-region is ${asked}`,
    );
  }
  return openScaling(world, aws.region);
}

/** --aws-region, else the spec's, else the zones of the nodes, else AWS_REGION. @throws CommandFailure 3 */
export function regionOf(
  snapshot: Snapshot,
  spec: Spec,
  asked: string | undefined,
  terminal: Terminal,
): string {
  const { AWS_REGION, AWS_DEFAULT_REGION } = terminal.environment;
  const region = asked ?? spec.aws.region ?? regionOfNodes(snapshot) ?? AWS_REGION ?? AWS_DEFAULT_REGION;
  if (region !== undefined && region !== "") return region;
  fail(
    EXIT.refused,
    "E-AWS-FAILED",
    "the nodes do not tell which AWS region they are in",
    "set spec.aws.region, or give --aws-region",
  );
}

/** "eu-west-1a" is in eu-west-1; local zones ("us-west-2-lax-1a") too. undefined where the nodes do not agree. */
function regionOfNodes(snapshot: Snapshot): string | undefined {
  const regions = new Set<string>();
  for (const node of snapshot.nodes()) {
    const region = /^[a-z]{2}(-[a-z]+)+-\d/.exec(instanceIdOf(node) === "" ? "" : zoneOf(node));
    if (region) regions.add(region[0]);
  }
  return regions.size === 1 ? [...regions][0] : undefined;
}

export async function openStore(folder: string | undefined, terminal: Terminal): Promise<RunStore> {
  const [{ makeFileRunStore }, { defaultStateFolder }] = await Promise.all([
    import("#gateway/local/file-run-store.ts"),
    import("#gateway/local/state-folder.ts"),
  ]);
  return makeFileRunStore(folder ?? defaultStateFolder(terminal.environment));
}

export async function runIdMaker(clock: Clock): Promise<() => string> {
  const { makeRunId } = await import("#gateway/local/run-id.ts");
  return () => makeRunId(clock, randomBytes);
}
