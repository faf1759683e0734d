import type { Node } from "#world/kubernetes/node-types.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { LoggedRequest, WorldChange, WorldRequest } from "#world/world.ts";
import type { Court, Rule, Suspect } from "./court.ts";
import { isSuccess, writeOf } from "./requests.ts";
import { isEvictable } from "./truth.ts";

/** So old may be what was last seen of a node whose instance is ended: a few reads, each tried again, ms. */
const LAST_LOOK = 60_000;

/** I3 an instance ends once, I4 and only when nothing is left on its node, I5 and never with decrement. */
export class InstanceRule implements Rule {
  /** Instance → how many calls of ours AWS accepted. */
  readonly accepted = new Map<string, number>();
  readonly #court: Court;
  /** Pod → when it came to its node. */
  readonly #boundAt = new Map<string, number>();
  /** Instance → when it was last asked to end. */
  readonly #askedAt = new Map<string, number>();
  /** Client → when the cloud last answered it what a group holds. */
  readonly #lookedAt = new Map<string, number>();
  /** Node → since when it takes pods again, or is Ready again. */
  readonly #openSince = new Map<string, number>();
  readonly #readySince = new Map<string, number>();
  /** "CLIENT NODE" → when the server last answered which pods are there. */
  readonly #readAt = new Map<string, number>();
  /** The same of the node itself. */
  readonly #nodeReadAt = new Map<string, number>();

  constructor(court: Court) {
    this.#court = court;
  }

  changed(change: WorldChange): void {
    if (change.plural === "nodes")
      this.#note(change.object as Node, change.previous as Node | undefined, change.time);
    if (change.plural !== "pods") return;
    const [pod, before] = [change.object as Pod, change.previous as Pod | undefined];
    if (change.type === "DELETED") this.#boundAt.delete(pod.metadata.uid);
    else if (pod.spec.nodeName !== before?.spec.nodeName) this.#boundAt.set(pod.metadata.uid, change.time);
  }

  #note(node: Node, before: Node | undefined, time: number): void {
    const { uid } = node.metadata;
    const isReady = isNodeReady(node);
    if (node.spec.unschedulable === true) this.#openSince.delete(uid);
    else if (before?.spec.unschedulable === true) this.#openSince.set(uid, time);
    if (!isReady) this.#readySince.delete(uid);
    else if (before && !isNodeReady(before)) this.#readySince.set(uid, time);
  }

  sent(suspect: Suspect, request: WorldRequest): void {
    const write = writeOf(request);
    if (write?.kind !== "terminate") return;
    if (write.decrement) this.#court.report("I5", `${suspect.name} ends ${write.instance} with decrement`);
    const askedAt = this.#askedAt.get(write.instance);
    if (askedAt !== undefined && (this.#lookedAt.get(suspect.name) ?? 0) < askedAt)
      this.#court.report(
        "I3",
        `${suspect.name} asks to end ${write.instance} again without a look at its group since`,
      );
    this.#askedAt.set(write.instance, this.#court.world.now);
    this.#judgeLook(suspect.name, write.instance);
  }

  /** Whoever ends an instance has just looked at its node: that it takes no pods, and which are there. */
  #judgeLook(name: string, instance: string): void {
    const { circumstances, world } = this.#court;
    const node = this.#nodeOf(instance);
    if (!node) return;
    const oldest = world.now - Math.max(LAST_LOOK, circumstances.viewLagMs);
    const openSince = this.#openSince.get(node.metadata.uid) ?? 0;
    const nodeReadAt = this.#nodeReadAt.get(`${name} ${node.metadata.name}`) ?? 0;
    if (node.spec.unschedulable !== true && openSince < Math.max(oldest, nodeReadAt))
      this.#court.report("I4", `${name} ends ${instance}, whose node ${node.metadata.name} takes pods`);
    const readAt = this.#readAt.get(`${name} ${node.metadata.name}`) ?? 0;
    if (readAt < oldest && circumstances.mayBeDeaf !== true)
      this.#court.report(
        "I4",
        `${name} ends ${instance} without a look at the pods of ${node.metadata.name}`,
      );
  }

  #nodeOf(instance: string): Node | undefined {
    const { stores } = this.#court.world.cluster;
    return stores.nodes.all().find((one) => one.spec.providerID?.endsWith(`/${instance}`));
  }

  applied(suspect: Suspect, logged: LoggedRequest): void {
    const { request } = logged;
    if (request.kind === "kubernetes") {
      const node = /^spec\.nodeName=(.+)$/.exec(request.request.query?.fieldSelector ?? "")?.[1];
      const whole = /^\/api\/v1\/nodes\/([^/]+)$/.exec(request.request.path)?.[1];
      if (whole !== undefined) this.#nodeReadAt.set(`${suspect.name} ${whole}`, logged.time);
      if (node !== undefined) this.#readAt.set(`${suspect.name} ${node}`, logged.time);
      return;
    }
    if (request.action === "DescribeAutoScalingGroups") this.#lookedAt.set(suspect.name, logged.time);
    const write = writeOf(request);
    if (write?.kind !== "terminate" || !isSuccess(logged)) return;
    const count = (this.accepted.get(write.instance) ?? 0) + 1;
    this.accepted.set(write.instance, count);
    if (count > 1) this.#court.report("I3", `${suspect.name} ended ${write.instance} a second time`);
    this.#judgeEmptiness(suspect, write.instance);
  }

  #judgeEmptiness(suspect: Suspect, instance: string): void {
    const { stores } = this.#court.world.cluster;
    const node = this.#nodeOf(instance);
    if (!node) return;
    const readAt = this.#readAt.get(`${suspect.name} ${node.metadata.name}`) ?? 0;
    const left = stores.pods
      .onNode(node.metadata.name)
      .filter((pod) => isEvictable(pod) && (this.#boundAt.get(pod.metadata.uid) ?? 0) <= readAt)
      .filter((pod) => !this.#isGivenUp(pod, node, suspect));
    if (left.length === 0) return;
    const names = left.map((pod) => pod.metadata.name).join(", ");
    this.#court.report(
      "I4",
      `${suspect.name} ended ${instance} while ${names} were on ${node.metadata.name}`,
    );
  }

  /** It cannot stop, because its node is down, and the spec says that both go then. */
  #isGivenUp({ metadata }: Pod, node: Node, { plan }: Suspect): boolean {
    const { circumstances, world } = this.#court;
    if (plan?.content.spec.nodes.unreachable !== "terminate" || metadata.deletionTimestamp === undefined)
      return false;
    const readySince = this.#readySince.get(node.metadata.uid) ?? 0;
    return !isNodeReady(node) || world.now - readySince <= circumstances.viewLagMs;
  }
}

const isNodeReady = ({ status }: Node): boolean =>
  status.conditions?.some((one) => one.type === "Ready" && one.status === "True") ?? false;
