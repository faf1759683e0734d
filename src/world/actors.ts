import { AwsError } from "#gateway/wire.ts";
import type { InputOf, OutputOf, WorldAwsAction } from "./aws/actions.ts";
import { answerAwsCall } from "./aws/calls.ts";
import type { ThrottleRate } from "./aws/throttle.ts";
import type { Group, Instance } from "./aws/types.ts";
import { storeOf } from "./kubernetes/cluster.ts";
import { deleteObject, deletePod } from "./kubernetes/deletion.ts";
import { silence } from "./kubernetes/heartbeats.ts";
import type { Plural } from "./kubernetes/kind-types.ts";
import { planNextStep } from "./kubernetes/kubelet.ts";
import { killKubelet, reviveKubelet, setNodeReady } from "./kubernetes/nodes.ts";
import type { Resource } from "./kubernetes/object-types.ts";
import type { World, WorldAnswer } from "./world.ts";

/** Other people and accidents: each acts on the world at once, past access checks, at the world's time. */
export class Actors {
  private readonly world: World;
  private readonly client: string;

  /** `client`: what the servers' log knows them by. */
  constructor(world: World, client = "admin") {
    this.world = world;
    this.client = client;
  }

  /** Sends a request that no denial of the scenario meets. @throws Error where it is refused */
  request(
    method: "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: Readonly<Record<string, unknown>>,
  ): unknown {
    const answer = this.send(method, path, body);
    if (answer.kind !== "kubernetes" || answer.answer.status >= 300) {
      throw new Error(`${method} ${path} was refused: ${JSON.stringify(answer)}`);
    }
    return answer.answer.body;
  }

  /** As `request`, but a refusal is no error. Gives whether it was done. */
  tries(
    method: "POST" | "PATCH" | "DELETE",
    path: string,
    body?: Readonly<Record<string, unknown>>,
  ): boolean {
    const answer = this.send(method, path, body);
    return answer.kind === "kubernetes" && answer.answer.status < 300;
  }

  private send(
    method: "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body: Readonly<Record<string, unknown>> | undefined,
  ): WorldAnswer {
    const denials = this.world.cluster.denials.splice(0);
    const contentType = method === "PATCH" ? { contentType: "application/merge-patch+json" } : {};
    const content = body === undefined ? {} : { body: body as never };
    const request = { method, path, ...contentType, ...content };
    const answer = this.world.handle(this.world.now, { kind: "kubernetes", request }, this.client);
    this.world.cluster.denials.push(...denials);
    return answer;
  }

  cordon(node: string): void {
    this.request("PATCH", `/api/v1/nodes/${node}`, { spec: { unschedulable: true } });
  }

  uncordon(node: string): void {
    this.request("PATCH", `/api/v1/nodes/${node}`, { spec: { unschedulable: null } });
  }

  /** The kubelet says NotReady, and does no more; `recoverNode` ends it. */
  failNode(node: string): void {
    silence(this.world.cluster, node);
    setNodeReady(this.world.cluster, node, "False");
  }

  /** The kubelet goes silent; the Node turns Unknown after the grace period. */
  silenceNode(node: string): void {
    killKubelet(this.world.cluster, node);
  }

  recoverNode(node: string): void {
    reviveKubelet(this.world.cluster, node);
  }

  scale(kind: "deployments" | "statefulsets", namespace: string, name: string, replicas: number): void {
    this.request("PATCH", `/apis/apps/v1/namespaces/${namespace}/${kind}/${name}`, { spec: { replicas } });
  }

  /** Deletes as kubectl delete does. */
  delete(plural: Plural, namespace: string | undefined, name: string): void {
    const object = storeOf(this.world.cluster, plural).get(namespace, name);
    if (object !== undefined) deleteObject(this.world.cluster, plural, object);
  }

  /** kubectl delete pod --force --grace-period=0. */
  forceDeletePod(namespace: string, name: string): void {
    const pod = this.world.get("pods", namespace, name);
    if (pod !== undefined) deletePod(this.world.cluster, pod, 0);
  }

  /** Takes every affliction away and lets what hung go on. */
  heal(): void {
    this.world.clearAfflictions();
    for (const pod of this.world.list("pods")) planNextStep(this.world.cluster, pod);
  }

  /** Writes an object as it is given, past all checks. */
  put(plural: Plural, object: Resource): Resource {
    return storeOf(this.world.cluster, plural).put(object);
  }

  /** Ends an instance from outside the plan, as EC2 or a colleague does. */
  terminateInstance(id: string): void {
    this.world.fleet.endFromOutside(this.instance(id));
  }

  /** EC2 takes a spot instance back, two minutes from now. */
  interruptSpot(id: string): void {
    const instance = this.instance(id);
    const { agenda, timings } = this.world.cluster;
    agenda.after(timings.spotNoticeMs, () => this.world.fleet.endFromOutside(instance));
  }

  private instance(id: string): Instance {
    const instance = this.world.fleet.instances.get(id);
    if (instance === undefined) throw new Error(`there is no instance ${id}`);
    return instance;
  }

  /** An AWS call as the account's administrator, not in the log of requests. @throws AwsError */
  aws<A extends WorldAwsAction>(action: A, input: InputOf<A>): OutputOf<A> {
    return answerAwsCall(this.world.fleet, action, input);
  }

  /** AZRebalance launches in the emptiest zone, then takes an instance of the fullest, needed or not. */
  rebalance(group: string): void {
    this.world.fleet.rebalance(this.group(group));
  }

  /** Instances of a type are to be had in a zone, or not; undefined: every one. */
  setCapacity(isThere: boolean, zone?: string, type?: string): void {
    this.world.fleet.capacity.set(zone, type, isThere);
  }

  /** AWS answers the next call of this action ("*": of any) with an error. */
  refuseNextCall(action: WorldAwsAction | "*", code: string, message: string, status = 400): void {
    const { refusals } = this.world.fleet;
    const waiting = refusals.get(action) ?? [];
    refusals.set(action, [...waiting, new AwsError(code, message, status, true)]);
  }

  /** AWS throttles each action to this rate; undefined: none. */
  throttle(rate: ThrottleRate | undefined): void {
    this.world.fleet.throttle.rate = rate;
  }

  /** AWS's reads answer from a state up to this old, ms; 0: from the present. */
  lagReads(milliseconds: number): void {
    this.world.fleet.history.lagMs = milliseconds;
    this.world.fleet.changed();
  }

  /** @throws Error where there is no such group */
  group(name: string): Group {
    const group = this.world.fleet.groups.get(name);
    if (group === undefined) throw new Error(`there is no group ${name}`);
    return group;
  }

  setDesired(group: string, desired: number): void {
    const found = this.group(group);
    found.desired = desired;
    this.world.fleet.changed();
    this.world.fleet.reconcileSoon(found);
  }

  /** Sets the group's suspended processes; what was put off goes on when it may. */
  suspend(group: string, processes: readonly string[]): void {
    const found = this.group(group);
    found.suspended = processes;
    this.world.fleet.changed();
    this.world.fleet.reconcileSoon(found);
  }

  /** Puts an instance refresh on the group's list; it does nothing. */
  listRefresh(group: string, status: string): void {
    const InstanceRefreshId = this.world.cluster.random.uid();
    this.group(group).refreshes = [{ InstanceRefreshId, Status: status }, ...this.group(group).refreshes];
  }

  /** The next launch of the group fails with this message. */
  failNextLaunch(group: string, message: string): void {
    this.group(group).launchFailures.push(message);
  }
}
