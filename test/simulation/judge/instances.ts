import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { LoggedRequest, WorldChange, WorldRequest } from "#world/world.ts";
import type { Court, Rule, Suspect } from "./court.ts";
import { isSuccess, writeOf } from "./requests.ts";
import { isEvictable } from "./truth.ts";

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
  /** "CLIENT NODE" → when the server last answered which pods are there. */
  readonly #readAt = new Map<string, number>();

  constructor(court: Court) {
    this.#court = court;
  }

  changed(change: WorldChange): void {
    if (change.plural !== "pods") return;
    const [pod, before] = [change.object as Pod, change.previous as Pod | undefined];
    if (change.type === "DELETED") this.#boundAt.delete(pod.metadata.uid);
    else if (pod.spec.nodeName !== before?.spec.nodeName) this.#boundAt.set(pod.metadata.uid, change.time);
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
  }

  applied(suspect: Suspect, logged: LoggedRequest): void {
    const { request } = logged;
    if (request.kind === "kubernetes") {
      const node = /^spec\.nodeName=(.+)$/.exec(request.request.query?.fieldSelector ?? "")?.[1];
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
    const node = stores.nodes.all().find((one) => one.spec.providerID?.endsWith(`/${instance}`));
    if (!node || suspect.plan?.content.spec.nodes.unreachable === "terminate") return;
    const readAt = this.#readAt.get(`${suspect.name} ${node.metadata.name}`) ?? 0;
    const left = stores.pods
      .onNode(node.metadata.name)
      .filter((pod) => isEvictable(pod) && (this.#boundAt.get(pod.metadata.uid) ?? 0) <= readAt);
    if (left.length === 0) return;
    const names = left.map((pod) => pod.metadata.name).join(", ");
    this.#court.report(
      "I4",
      `${suspect.name} ended ${instance} while ${names} were on ${node.metadata.name}`,
    );
  }
}
