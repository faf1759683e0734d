import { type Keyed, LabelIndex } from "./label-index.ts";
import type { Budget, Claim, Node, Pod, ScalingGroup, Workload } from "./objects.ts";
import { SelectorIndex } from "./selector-index.ts";
import type { KeepsAway, Snapshot } from "./snapshot.ts";

/** Second index: objects by a key that several share. Insertion order within a key. */
class Buckets<T> {
  readonly #buckets = new Map<string, Map<string, T>>();
  add(bucket: string, key: string, value: T): void {
    const found = this.#buckets.get(bucket);
    if (found) found.set(key, value);
    else this.#buckets.set(bucket, new Map([[key, value]]));
  }
  remove(bucket: string, key: string): void {
    const found = this.#buckets.get(bucket);
    found?.delete(key);
    if (found?.size === 0) this.#buckets.delete(bucket);
  }
  of(bucket: string): Iterable<T> {
    return this.#buckets.get(bucket)?.values() ?? [];
  }
}

/** What a namespace alone is about. */
class NamespaceIndex {
  readonly pods = new LabelIndex<Pod>();
  readonly keepsAway = new SelectorIndex<KeepsAway>();
  readonly budgets = new SelectorIndex<Budget>();

  putPod(pod: Pod): void {
    this.pods.add(pod.labels, pod.uid, pod);
    pod.separations.forEach((rule, index) => {
      if (rule.kind === "antiAffinity")
        this.keepsAway.add(rule.selector, `${pod.uid} ${index}`, { pod, rule });
    });
  }
  removePod(pod: Pod): void {
    this.pods.remove(pod.labels, pod.uid);
    pod.separations.forEach((rule, index) => {
      if (rule.kind === "antiAffinity") this.keepsAway.remove(rule.selector, `${pod.uid} ${index}`);
    });
  }
}

export interface SnapshotLists {
  readonly nodes?: Iterable<Node>;
  readonly pods?: Iterable<Pod>;
  readonly workloads?: Iterable<Workload>;
  readonly budgets?: Iterable<Budget>;
  readonly claims?: Iterable<Claim>;
  readonly groups?: Iterable<ScalingGroup>;
}

const path = (namespace: string, name: string): string => `${namespace}/${name}`;

/** A snapshot that follows its cluster: every put and remove costs the same however large it is. */
export class SnapshotStore implements Snapshot {
  readonly #nodes = new Map<string, Node>();
  readonly #nodesByLabel = new LabelIndex<Node>();
  readonly #namespaces = new Map<string, NamespaceIndex>();
  readonly #pods = new Map<string, Pod>();
  readonly #podsByUid = new Map<string, Pod>();
  readonly #podsOnNode = new Buckets<Pod>();
  readonly #podsInNamespace = new Buckets<Pod>();
  readonly #podsOfController = new Buckets<Pod>();
  readonly #workloads = new Map<string, Workload>();
  readonly #workloadsOfController = new Buckets<Workload>();
  readonly #budgets = new Map<string, Budget>();
  readonly #claims = new Map<string, Claim>();
  readonly #groups = new Map<string, ScalingGroup>();
  readonly #groupOfInstance = new Map<string, ScalingGroup>();

  constructor(lists: SnapshotLists = {}) {
    for (const node of lists.nodes ?? []) this.putNode(node);
    for (const pod of lists.pods ?? []) this.putPod(pod);
    for (const workload of lists.workloads ?? []) this.putWorkload(workload);
    for (const budget of lists.budgets ?? []) this.putBudget(budget);
    for (const claim of lists.claims ?? []) this.putClaim(claim);
    for (const group of lists.groups ?? []) this.putGroup(group);
  }

  putNode(node: Node): void {
    this.removeNode(node.name);
    this.#nodes.set(node.name, node);
    this.#nodesByLabel.add(node.labels, node.name, node);
  }
  removeNode(name: string): void {
    const node = this.#nodes.get(name);
    if (!node) return;
    this.#nodes.delete(name);
    this.#nodesByLabel.remove(node.labels, name);
  }

  putPod(pod: Pod): void {
    this.removePod(pod.namespace, pod.name);
    this.#pods.set(path(pod.namespace, pod.name), pod);
    this.#podsByUid.set(pod.uid, pod);
    this.#podsOnNode.add(pod.nodeName, pod.uid, pod);
    this.#podsInNamespace.add(pod.namespace, pod.uid, pod);
    this.#namespace(pod.namespace).putPod(pod);
    if (pod.controller) this.#podsOfController.add(pod.controller.uid, pod.uid, pod);
  }
  removePod(namespace: string, name: string): void {
    const pod = this.#pods.get(path(namespace, name));
    if (!pod) return;
    this.#pods.delete(path(namespace, name));
    this.#podsByUid.delete(pod.uid);
    this.#podsOnNode.remove(pod.nodeName, pod.uid);
    this.#podsInNamespace.remove(pod.namespace, pod.uid);
    this.#namespace(pod.namespace).removePod(pod);
    if (pod.controller) this.#podsOfController.remove(pod.controller.uid, pod.uid);
  }

  putWorkload(workload: Workload): void {
    this.removeWorkload(workload.uid);
    this.#workloads.set(workload.uid, workload);
    if (workload.controller) this.#workloadsOfController.add(workload.controller.uid, workload.uid, workload);
  }
  removeWorkload(uid: string): void {
    const workload = this.#workloads.get(uid);
    if (!workload) return;
    this.#workloads.delete(uid);
    if (workload.controller) this.#workloadsOfController.remove(workload.controller.uid, uid);
  }

  putBudget(budget: Budget): void {
    this.removeBudget(budget.namespace, budget.name);
    this.#budgets.set(path(budget.namespace, budget.name), budget);
    this.#namespace(budget.namespace).budgets.add(budget.selector, budget.name, budget);
  }
  removeBudget(namespace: string, name: string): void {
    const budget = this.#budgets.get(path(namespace, name));
    if (!budget) return;
    this.#budgets.delete(path(namespace, name));
    this.#namespace(namespace).budgets.remove(budget.selector, name);
  }

  putClaim(claim: Claim): void {
    this.#claims.set(path(claim.namespace, claim.name), claim);
  }
  /** Takes over a list of claims whole. */
  replaceClaims(claims: Iterable<Claim>): void {
    this.#claims.clear();
    for (const claim of claims) this.putClaim(claim);
  }

  putGroup(group: ScalingGroup): void {
    for (const instance of this.#groups.get(group.name)?.instances ?? []) {
      this.#groupOfInstance.delete(instance.id);
    }
    this.#groups.set(group.name, group);
    for (const instance of group.instances) this.#groupOfInstance.set(instance.id, group);
  }

  nodes(): Iterable<Node> {
    return this.#nodes.values();
  }
  node(name: string): Node | undefined {
    return this.#nodes.get(name);
  }
  nodesByLabel(label: string): ReadonlyMap<string, Keyed<Node>> {
    return this.#nodesByLabel.of(label);
  }
  pods(): Iterable<Pod> {
    return this.#pods.values();
  }
  pod(namespace: string, name: string): Pod | undefined {
    return this.#pods.get(path(namespace, name));
  }
  podByUid(uid: string): Pod | undefined {
    return this.#podsByUid.get(uid);
  }
  podsOnNode(nodeName: string): Iterable<Pod> {
    return this.#podsOnNode.of(nodeName);
  }
  podsInNamespace(namespace: string): Iterable<Pod> {
    return this.#podsInNamespace.of(namespace);
  }
  podsByLabel(namespace: string, label: string): ReadonlyMap<string, Keyed<Pod>> {
    return this.#namespace(namespace).pods.of(label);
  }
  whoMayKeepAway(namespace: string, labels: Pod["labels"]): Iterable<KeepsAway> {
    return this.#namespace(namespace).keepsAway.of(labels);
  }
  podsOfController(uid: string): Iterable<Pod> {
    return this.#podsOfController.of(uid);
  }
  workload(uid: string): Workload | undefined {
    return this.#workloads.get(uid);
  }
  workloadsOfController(uid: string): Iterable<Workload> {
    return this.#workloadsOfController.of(uid);
  }
  workloads(): Iterable<Workload> {
    return this.#workloads.values();
  }
  budgets(): Iterable<Budget> {
    return this.#budgets.values();
  }
  budgetsThatMaySelect(namespace: string, labels: Pod["labels"]): Iterable<Budget> {
    return this.#namespace(namespace).budgets.of(labels);
  }
  claim(namespace: string, name: string): Claim | undefined {
    return this.#claims.get(path(namespace, name));
  }
  groups(): Iterable<ScalingGroup> {
    return this.#groups.values();
  }
  group(name: string): ScalingGroup | undefined {
    return this.#groups.get(name);
  }
  groupOfInstance(instanceId: string): ScalingGroup | undefined {
    return this.#groupOfInstance.get(instanceId);
  }

  #namespace(name: string): NamespaceIndex {
    const known = this.#namespaces.get(name);
    if (known) return known;
    const index = new NamespaceIndex();
    this.#namespaces.set(name, index);
    return index;
  }
}
