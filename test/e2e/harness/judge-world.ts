import { grantedEviction } from "#cli/demo/server-facts.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { LoggedRequest, World, WorldChange } from "#world/world.ts";

/** Pods of `small` that a budget protects, by their label `app`, and how many of them have to be Ready. */
const NEEDED: Readonly<Record<string, number>> = { web: 5, db: 2 };
const FULL: Readonly<Record<string, number>> = { web: 6, api: 3, db: 3, "kube-dns": 2 };

/** What a world's own log has against dextre; it believes nothing that dextre says. */
export interface WorldJudge {
  /** Everything that is wrong, in sentences; of the end state too, so to be asked once the run is over. */
  faults(): readonly string[];
  readonly counts: { readonly evictions: number; readonly terminations: number };
}

/** Judges what happens from now on to a world of the scenario `small`, all workers of which are rolled. */
export function judgeWorld(world: World): WorldJudge {
  const granted = new Map<string, number>();
  const terminated = new Map<string, number>();
  const broken = new Set<string>();
  const capacity = capacityOf(world);
  const old = instancesOf(world);
  world.onRequest((logged) => {
    const eviction = grantedEviction(logged);
    if (eviction) granted.set(eviction.uid, (granted.get(eviction.uid) ?? 0) + 1);
    const instance = terminatedBy(logged);
    if (instance) terminated.set(instance, (terminated.get(instance) ?? 0) + 1);
    const deletion = deletionBy(logged);
    if (deletion) broken.add(`${deletion} was deleted, not evicted`);
  });
  world.onChange((change) => {
    for (const fault of budgetFaults(world, change)) broken.add(fault);
  });
  return {
    faults: () => [
      ...broken,
      ...repeated(granted).map((uid) => `the eviction of pod ${uid} was granted twice`),
      ...repeated(terminated).map((id) => `instance ${id} was terminated twice`),
      ...old.filter((id) => !terminated.has(id)).map((id) => `instance ${id} was not terminated`),
      ...[...terminated.keys()]
        .filter((id) => !old.includes(id))
        .map((id) => `new instance ${id} was terminated`),
      ...(capacityOf(world) === capacity ? [] : [`the capacity is ${capacityOf(world)}, it was ${capacity}`]),
      ...endFaults(world, old),
    ],
    get counts() {
      return { evictions: granted.size, terminations: terminated.size };
    },
  };
}

function endFaults(world: World, old: readonly string[]): readonly string[] {
  const nodes = world.list("nodes");
  const instances = instancesOf(world);
  const marked = nodes.filter(({ metadata }) =>
    JSON.stringify(metadata.annotations ?? {}).includes("dextre.dev"),
  );
  return [
    ...nodes
      .filter(({ spec }) => spec.unschedulable === true)
      .map(({ metadata }) => `${metadata.name} is cordoned`),
    ...marked.map(({ metadata }) => `${metadata.name} carries a mark of dextre`),
    ...instances.filter((id) => old.includes(id)).map((id) => `instance ${id} is still there`),
    ...(instances.length === old.length ? [] : [`${instances.length} instances, before ${old.length}`]),
    ...Object.entries(FULL).flatMap(([app, count]) =>
      readyOf(world, app) === count ? [] : [`${readyOf(world, app)} pods of ${app} are Ready`],
    ),
  ];
}

function budgetFaults(world: World, { plural, object }: WorldChange): readonly string[] {
  if (plural !== "pods") return [];
  const app = object.metadata.labels?.app ?? "";
  const needed = NEEDED[app];
  if (needed === undefined || readyOf(world, app) >= needed) return [];
  return [`${readyOf(world, app)} pods of ${app} were Ready, its budget needs ${needed}`];
}

const readyOf = (world: World, app: string): number =>
  world.list("pods").filter((pod) => appOf(pod) === app && isReady(pod)).length;

const appOf = ({ metadata }: Pod): string => metadata.labels?.["k8s-app"] ?? metadata.labels?.app ?? "";

const isReady = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  (status.conditions ?? []).some(({ type, status: is }) => type === "Ready" && is === "True");

/** desired, min and max of every group */
const capacityOf = (world: World): string =>
  JSON.stringify(
    [...world.fleet.groups.values()].map(({ name, desired, min, max }) => ({ name, desired, min, max })),
  );

/** Of workers, those that have not ended. */
const instancesOf = (world: World): readonly string[] =>
  [...world.fleet.instances.values()]
    .filter(({ group, state }) => group === "nodes-a" && state !== "terminated")
    .map(({ id }) => id);

function terminatedBy({ request, answer }: LoggedRequest): string | undefined {
  if (request.kind !== "aws" || answer.kind !== "aws") return undefined;
  if (request.action !== "TerminateInstanceInAutoScalingGroup") return undefined;
  return "InstanceId" in request.input ? String(request.input.InstanceId) : undefined;
}

function deletionBy({ request }: LoggedRequest): string | undefined {
  if (request.kind !== "kubernetes" || request.request.method !== "DELETE") return undefined;
  return /\/(pods|nodes)(\/|$)/.test(request.request.path) ? request.request.path : undefined;
}

const repeated = (counts: ReadonlyMap<string, number>): readonly string[] =>
  [...counts].filter(([, times]) => times > 1).map(([key]) => key);
